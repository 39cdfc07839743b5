import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { expectFault } from "@bedplate/conformance";
import type { BlobRange } from "../blob-reading.ts";
import type { BlobStore } from "../blob-store.ts";
import { type BlobCase, bytes, keysOf, streamOf, textOf } from "./blob-case.ts";

/** Ranges, integrity, deletes. */
export const readCases: readonly BlobCase[] = [
  {
    id: "BS19",
    law: "a range is its offset and its length",
    async run(store) {
      await store.put("a", bytes("0123456789"));
      deepStrictEqual(await range(store, { offset: 3, length: 4 }), [3, 4, "3456"]);
      deepStrictEqual(await range(store, { offset: 3 }), [3, 7, "3456789"]);
      deepStrictEqual(await range(store, { offset: 0, length: 0 }), [0, 0, ""]);
      const large = new Uint8Array(700_000).map((_, i) => i % 251);
      await store.put("a", streamOf(large));
      const [, , text] = await range(store, { offset: 250_000, length: 300_000 });
      const expected = Buffer.from(large.subarray(250_000, 550_000)).toString("latin1");
      ok(text === expected);
    },
  },
  {
    id: "BS20",
    law: "the last bytes are the last bytes",
    async run(store) {
      await store.put("a", bytes("0123456789"));
      deepStrictEqual(await range(store, { last: 3 }), [7, 3, "789"]);
      deepStrictEqual(await range(store, { last: 0 }), [10, 0, ""]);
      deepStrictEqual(await range(store, { last: 99 }), [0, 10, "0123456789"]);
    },
  },
  {
    id: "BS21",
    law: "a range begins inside the blob, or at 0 of an empty one",
    async run(store) {
      await store.put("a", bytes("0123456789"));
      await store.put("empty", bytes(""));
      for (const offset of [10, 11, -1, 0.5]) {
        await expectFault("argument.invalid", store.open("a", { range: { offset } }));
      }
      await using reading = await store.open("empty", { range: { offset: 0 } });
      strictEqual(reading.length, 0);
    },
  },
  {
    id: "BS22",
    law: "a length past the end is cut, and the answer says so",
    async run(store) {
      await store.put("a", bytes("0123456789"));
      deepStrictEqual(await range(store, { offset: 8, length: 99 }), [8, 2, "89"]);
    },
  },
  {
    id: "BS23",
    law: "an open reading goes on with its version, replaced or deleted",
    async run(store) {
      const old = new Uint8Array(900_000).fill(1);
      await store.put("a", old);
      await using replaced = await store.open("a", { range: { offset: 100 } });
      const chunks = replaced.body[Symbol.asyncIterator]();
      const first = await chunks.next();
      await store.put("a", new Uint8Array(900_000).fill(2));
      await using deleted = await store.open("a");
      await store.delete("a");
      let length = first.value?.byteLength ?? 0;
      for (let next = await chunks.next(); !next.done; next = await chunks.next()) {
        ok(next.value.every((byte: number) => byte === 1));
        length += next.value.byteLength;
      }
      strictEqual(length, 899_900);
      for await (const chunk of deleted.body) ok(chunk.every((byte) => byte === 2));
    },
  },
  {
    id: "BS33",
    law: "delete says whether there was something",
    async run(store) {
      await store.put("a", bytes("a"));
      deepStrictEqual([await store.delete("a"), await store.delete("a")], [true, false]);
      strictEqual(await store.delete("never"), false);
    },
  },
  {
    id: "BS34",
    law: "what was deleted cannot be opened, and its key is free",
    async run(store) {
      await store.put("a", bytes("a"));
      await store.delete("a");
      await expectFault("resource.missing", store.open("a"));
      strictEqual(await store.get("a"), null);
      await store.put("a", bytes("again"), { ifAbsent: true });
      strictEqual(await textOf(store, "a"), "again");
    },
  },
  {
    id: "BS50",
    law: "a changed byte is an error on a full read, never a wrong body",
    async run(store, kit) {
      await store.put("a", new Uint8Array(600_000).fill(7));
      await kit.flipByte("a");
      await expectFault("data.corrupt", store.get("a"));
      await using reading = await store.open("a");
      const all = (async () => {
        for await (const _ of reading.body);
      })();
      await expectFault("data.corrupt", all);
    },
  },
  {
    id: "BS53",
    law: "a blob that is larger than allowed is not collected",
    async run(store) {
      await store.put("a", bytes("0123456789"));
      await expectFault("quota.exceeded", store.get("a", { bytesMax: 9 }));
      strictEqual((await store.get("a", { bytesMax: 10 }))?.byteLength, 10);
    },
  },
  {
    id: "BS54",
    law: "a closed store refuses everything, and closing twice is harmless",
    async run(store) {
      await store.close();
      await store.close();
      await expectFault("resource.closed", store.put("a", bytes("a")));
      await expectFault("resource.closed", store.get("a"));
      await expectFault("resource.closed", store.list());
    },
  },
];

/** What survives. */
export const durabilityCases: readonly BlobCase[] = [
  {
    id: "BS49",
    law: "after kill -9 what was acknowledged is there, whole, and nothing is there in part",
    when: (store) => store.capabilities.durable,
    controls: ["crash"],
    async run(_store, kit) {
      const crashed = await kit.crash?.(25);
      ok(crashed !== undefined && crashed.reports.length >= 25);
      const { store, reports } = crashed;
      const present = await keysOf(store);
      for (const key of reports) ok(present.includes(key), `${key} was lost`);
      for (const key of present) ok((await store.get(key)) !== null);
    },
  },
  {
    id: "BS55",
    law: "a reopened store has the same blobs",
    when: (store) => store.capabilities.durable,
    controls: ["reopen"],
    async run(store, kit) {
      const info = await store.put("a", bytes("a"));
      const again = await kit.reopen?.();
      deepStrictEqual(await again?.stat("a"), info);
      strictEqual(again && (await textOf(again, "a")), "a");
    },
  },
];

/** What a process does until it is killed: large blobs, several at a time; it reports stored keys. */
export async function putUntilKilled(
  store: BlobStore,
  report: (key: string) => void,
): Promise<never> {
  const write = async (writer: number) => {
    for (let i = 0; ; i++) {
      const key = `w${writer}/${i % 7 === 6 ? "again" : i}`;
      const chunk = new Uint8Array(64 * 1024).fill(i);
      await store.put(key, streamOf(chunk, chunk, chunk));
      report(key);
    }
  };
  await Promise.all([0, 1, 2, 3].map(write));
  throw new Error("Cannot end: the writers go on until the process is killed");
}

async function range(store: BlobStore, wanted: BlobRange): Promise<readonly unknown[]> {
  await using reading = await store.open("a", { range: wanted });
  const chunks: Uint8Array[] = [];
  for await (const chunk of reading.body) chunks.push(chunk);
  return [reading.offset, reading.length, Buffer.concat(chunks).toString("latin1")];
}

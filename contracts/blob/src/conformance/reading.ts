import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { expectFault } from "@bedplate/conformance";
import { isFault } from "@bedplate/errors";
import type { BlobRange } from "../blob-driver.ts";
import type { BlobStore } from "../blob-store.ts";
import { type BlobCase, bytes, streamOf, textOf } from "./blob-case.ts";

/** Ranges, integrity, deletes, ends. */
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
      for (const offset of [10, 11]) {
        const opening = store.open("a", { range: { offset, length: 1 } });
        const { fault } = await expectFault("range.unsatisfiable", opening);
        deepStrictEqual(fault.detail, { sizeBytes: 10 });
      }
      for (const offset of [-1, 0.5]) {
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
    law: "a reading is of one version: replaced or deleted, it goes on with it or says that it is gone",
    async run(store) {
      const body = (fill: number) => new Uint8Array(900_000).fill(fill);
      await store.put("a", body(1));
      await using begun = await store.open("a", { range: { offset: 100 } });
      await using late = await store.open("a");
      const chunks = begun.body[Symbol.asyncIterator]();
      const first = await chunks.next();
      await store.put("a", body(2));
      const rest = { [Symbol.asyncIterator]: () => chunks };
      const read = first.done ? 0 : first.value.byteLength;
      ok([0, 899_900 - read].includes(await lengthOf(rest, 1)));
      await using deleted = await store.open("a");
      await store.delete("a");
      for (const [reading, fill] of [
        [late, 1],
        [deleted, 2],
      ] as const) {
        ok([0, 900_000].includes(await lengthOf(reading.body, fill)));
      }
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
      await store.put("a", bytes("again"), { condition: "absent" });
      strictEqual(await textOf(store, "a"), "again");
    },
  },
  {
    id: "BS50",
    law: "a changed byte is an error on a full read, never a wrong body",
    controls: ["flipByte"],
    async run(store, kit) {
      await store.put("a", new Uint8Array(600_000).fill(7));
      await kit.flipByte?.("a");
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
    id: "BS65",
    law: "readers who leave early, and writers who fail, leave no handle open",
    controls: ["handles"],
    async run(store, kit) {
      await store.put("a", new Uint8Array(900_000));
      const before = kit.handles?.() ?? 0;
      for (let i = 0; i < 20; i++) {
        await using reading = await store.open("a");
        for await (const _chunk of reading.body) break;
        await (await store.open("a"))[Symbol.asyncDispose]();
        const over = store.put("b", streamOf(new Uint8Array(store.limits.bodyBytesMax + 1)));
        await expectFault("argument.invalid", over);
      }
      // A pool may keep one open, and what was let go takes a moment to close; twenty are a leak.
      const isLeaking = () => (kit.handles?.() ?? 0) > before + 2;
      for (let looks = 0; isLeaking() && looks < 100; looks++) {
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
      ok(!isLeaking());
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

async function range(store: BlobStore, wanted: BlobRange): Promise<readonly unknown[]> {
  await using reading = await store.open("a", { range: wanted });
  const chunks: Uint8Array[] = [];
  for await (const chunk of reading.body) chunks.push(chunk);
  return [reading.offset, reading.length, Buffer.concat(chunks).toString("latin1")];
}

/** How many bytes are read until the version is said to be gone; 0 then. All have the same value. */
async function lengthOf(body: AsyncIterable<Uint8Array>, fill: number): Promise<number> {
  let length = 0;
  try {
    for await (const chunk of body) {
      ok(chunk.every((byte) => byte === fill));
      length += chunk.byteLength;
    }
    return length;
  } catch (error) {
    if (isFault(error, "version.mismatch")) return 0;
    throw error;
  }
}

import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import type { BlobStore } from "../blob-store.ts";
import { type BlobCase, bytes, keysOf, textOf } from "./blob-case.ts";

/** Who sees what, and when. */
export const visibilityCases: readonly BlobCase[] = [
  {
    id: "BS10",
    law: "what was acknowledged is read, by every process",
    async run(store, kit) {
      const other = await kit.second();
      for (let i = 0; i < 20; i++) {
        await store.put("a", bytes(`${i}`));
        strictEqual(await textOf(other, "a"), `${i}`);
      }
    },
  },
  {
    id: "BS11",
    law: "list and stat follow every put and delete",
    async run(store, kit) {
      const other = await kit.second();
      for (const key of ["b", "a"]) await store.put(key, bytes(key));
      deepStrictEqual(await keysOf(other), ["a", "b"]);
      await store.delete("a");
      deepStrictEqual(await keysOf(other), ["b"]);
      strictEqual(await other.stat("a"), null);
    },
  },
  {
    id: "BS12",
    law: "readers see one whole version while it is replaced",
    async run(store, kit) {
      const body = (i: number) => new Uint8Array(200_000).fill(i);
      const other = await kit.second();
      await store.put("a", body(0));
      const write = async () => {
        for (let i = 1; i <= 20; i++) await store.put("a", body(i));
      };
      await during(write(), async () => {
        const seen = await Promise.all(Array.from({ length: 5 }, () => other.get("a")));
        for (const each of seen) {
          const first = each?.[0] ?? -1;
          ok(each?.byteLength === 200_000 && each.every((byte) => byte === first));
        }
      });
    },
  },
  {
    id: "BS13",
    law: "bytes, content type and metadata change together, under 50 readers",
    async run(store, kit) {
      const other = await kit.second();
      const write = async (i: number) => {
        const facts = { contentType: `text/${i}`, metadata: { round: `${i}` } };
        await store.put("a", new Uint8Array(10_000).fill(i), facts);
      };
      await write(0);
      const writing = async () => {
        for (let i = 1; i <= 10; i++) await write(i);
      };
      await during(writing(), async () => {
        const readers = Array.from({ length: 50 }, (_, at) => (at % 2 === 0 ? other : store));
        await Promise.all(readers.map(readWhole));
      });
      strictEqual((await store.stat("a"))?.metadata["round"], "10");
    },
  },
];

/** Reads again and again until the writing is over. */
async function during(writing: Promise<void>, read: () => Promise<void>): Promise<void> {
  let isOver = false;
  const written = Promise.allSettled([writing.finally(() => (isOver = true))]);
  try {
    do await read();
    while (!isOver);
  } finally {
    await written;
  }
  await writing;
}

async function readWhole(store: BlobStore): Promise<void> {
  await using reading = await store.open("a");
  const round = Number(reading.info.metadata["round"]);
  strictEqual(reading.info.contentType, `text/${round}`);
  for await (const chunk of reading.body) ok(chunk.every((byte) => byte === round));
}

import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { expectFault } from "@bedplate/conformance";
import { isFault } from "@bedplate/errors";
import type { BlobStore } from "../blob-store.ts";
import { type BlobCase, bytes, keysOf, streamOf, textOf } from "./blob-case.ts";

const dayMs = 24 * 60 * 60 * 1_000;

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
      await kit.clock.advance(2 * dayMs);
      await store.sweep();
      strictEqual(await kit.strayBytes(), 0);
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
  {
    id: "BS59",
    law: "a full disk refuses the body, leaves nothing of it, and what was there stays readable",
    controls: ["fillDisk"],
    async run(_store, kit) {
      const store = await kit.fillDisk?.();
      ok(store !== undefined);
      await store.put("a", bytes("before"));
      const half = new Uint8Array(512 * 1024);
      for (const key of ["a", "b"]) {
        await expectFault("quota.exceeded", store.put(key, streamOf(half, half, half, half)));
      }
      strictEqual(await textOf(store, "a"), "before");
      deepStrictEqual(await keysOf(store), ["a"]);
      await store.put("b", half);
      strictEqual((await store.get("b"))?.byteLength, half.byteLength);
    },
  },
  {
    id: "BS60",
    law: "what was acknowledged survives the death of the engine",
    when: (store) => store.capabilities.durable,
    controls: ["killEngine"],
    async run(store, kit) {
      const acknowledged: string[] = [];
      let isOver = false;
      const writing = (async () => {
        for (let i = 0; !isOver && i < 10_000; i++) {
          try {
            await store.put(`k/${i}`, bytes(`${i}`));
            acknowledged.push(`${i}`);
          } catch (error) {
            ok(isFault(error, "provider.unavailable") || isFault(error, "provider.indeterminate"));
          }
        }
      })();
      while (acknowledged.length < 20) await new Promise((resolve) => setImmediate(resolve));
      await kit.killEngine?.();
      isOver = true;
      await writing;
      for (const i of acknowledged) strictEqual(await textOf(store, `k/${i}`), i);
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

import { deepStrictEqual, ok, rejects, strictEqual } from "node:assert/strict";
import { isFault } from "@bedplate/errors";
import { type BlobCase, bytes, deletesVersions, textOf } from "./blob-case.ts";

/** What holds when contact with the store breaks. */
export const contactCases: readonly BlobCase[] = [
  {
    id: "BS61",
    law: "a write that was cut before it was sent is done by another try, or left no trace",
    controls: ["cut"],
    async run(store, kit) {
      for (const condition of [undefined, "absent"] as const) {
        await store.delete("a");
        await kit.cut?.("before-send");
        const error = await errorOf(store.put("a", bytes("new"), { condition }));
        if (error === undefined) strictEqual(await textOf(store, "a"), "new");
        else {
          ok(isFault(error, "provider.unavailable"), String(error));
          strictEqual(await store.stat("a"), null);
        }
      }
    },
  },
  {
    id: "BS62",
    law: "a conditional write whose answer was lost is never taken for someone else's",
    controls: ["cut"],
    async run(store, kit) {
      await kit.cut?.("after-send");
      const isKnown = await settle(store.put("a", bytes("1"), { condition: "absent" }));
      const first = await store.stat("a");
      if (isKnown) strictEqual(await textOf(store, "a"), "1");
      const there = first ?? (await store.put("a", bytes("1")));
      await kit.cut?.("after-send");
      if (await settle(store.put("a", bytes("2"), { condition: there }))) {
        strictEqual(await textOf(store, "a"), "2");
      }
    },
  },
  {
    id: "BS77",
    law: "a delete of a version whose answer was lost is never taken for someone else's",
    when: deletesVersions,
    controls: ["cut"],
    async run(store, kit) {
      const there = await store.put("a", bytes("1"));
      await kit.cut?.("after-send");
      if (await settle(store.delete("a", there))) strictEqual(await store.stat("a"), null);
    },
  },
  {
    id: "BS63",
    law: "an unconditional write whose answer was lost is done, once",
    controls: ["cut"],
    async run(store, kit) {
      await kit.cut?.("after-send");
      const error = await errorOf(store.put("a", bytes("1")));
      ok(error === undefined || isFault(error, "provider.indeterminate"), String(error));
      if (error === undefined) strictEqual(await textOf(store, "a"), "1");
      deepStrictEqual(
        (await store.list()).blobs.map(({ key }) => key),
        error === undefined || (await store.stat("a")) !== null ? ["a"] : [],
      );
    },
  },
  {
    id: "BS64",
    law: "a caller who leaves a slow store is answered at once, and its blob is whole or absent",
    controls: ["slow"],
    async run(store, kit) {
      await kit.slow?.(100);
      const body = new Uint8Array(300_000).fill(7);
      await store.put("slow", body);
      deepStrictEqual(Buffer.from((await store.get("slow")) ?? []), Buffer.from(body));
      const stop = new AbortController();
      const reason = new Error("left");
      const leaving = store.put("a", body, { signal: stop.signal });
      setTimeout(() => stop.abort(reason), 50);
      await rejects(leaving, reason);
      const opening = store.open("slow", { signal: AbortSignal.abort(reason) });
      await rejects(opening, reason);
      await kit.slow?.(0);
      const found = await store.get("a");
      ok(found === null || found.byteLength === body.byteLength);
    },
  },
];

/** True when the write is known to be done; false when nobody knows. */
async function settle(work: Promise<unknown>): Promise<boolean> {
  const error = await errorOf(work);
  ok(error === undefined || isFault(error, "provider.indeterminate"), String(error));
  return error === undefined;
}

async function errorOf(work: Promise<unknown>): Promise<unknown> {
  try {
    await work;
    return undefined;
  } catch (error) {
    return error;
  }
}

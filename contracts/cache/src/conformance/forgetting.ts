import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { seededRandom } from "@bedplate/clock";
import type { CacheStore } from "../cache-store.ts";
import {
  bytes,
  type CacheCase,
  need,
  put,
  read,
  retains,
  shortMs,
  textOf,
  ttlMs,
} from "./cache-case.ts";

/** What a cache forgets it forgets whole; what it still has is right. */
export const forgettingCases: readonly CacheCase[] = [
  {
    id: "CS32",
    law: "written beyond its room, a cache forgets: no error, no wrong value, newest entries last",
    when: retains,
    controls: ["overfillBytes"],
    async run(cache, kit) {
      const size = cache.limits.valueBytesMax;
      const keys = Array.from(
        { length: Math.ceil(need(kit.overfillBytes) / size) },
        (_, i) => `${i}`,
      );
      for (const key of keys)
        await cache.set(key, new Uint8Array(size).fill(Number(key)), { ttlMs });
      let forgotten = 0;
      for (const key of keys) {
        const hit = await cache.get(key);
        if (hit === null) forgotten++;
        else
          ok(hit.value?.length === size && hit.value.every((each) => each === Number(key) % 256));
      }
      ok(forgotten > 0, "the cache had room for more than the harness says");
      ok((await cache.get(keys.at(-1) ?? "")) !== null);
    },
  },
  {
    id: "CS33",
    law: "readers during a loss of everything get hits or misses, and writes go on",
    when: retains,
    controls: ["flush"],
    async run(cache, kit) {
      await put(cache, "a");
      const flush = async () => {
        for (let i = 0; i < 10; i++) await need(kit.flush)();
      };
      const follow = async () => {
        for (let i = 0; i < 50; i++) {
          ok([null, "a"].includes(await read(cache, "a")));
          await put(cache, "a");
        }
      };
      await Promise.all([flush(), follow()]);
      await need(kit.flush)();
      strictEqual(await cache.get("a"), null);
      await put(cache, "a");
      strictEqual(await read(cache, "a"), "a");
    },
  },
  {
    id: "CS36",
    law: "after a restart of the engine an entry is missing or right, and an expired one stays gone",
    when: retains,
    controls: ["killEngine"],
    async run(cache, kit) {
      await cache.set("short", bytes("short"), { ttlMs: shortMs });
      await put(cache, "old", "1");
      await put(cache, "old", "2");
      await put(cache, "dropped");
      await cache.drop(["dropped"]);
      await kit.clock.advance(shortMs + cache.capabilities.granularityMs);
      await need(kit.killEngine)();
      const again = await kit.second();
      strictEqual(await again.get("short"), null);
      ok([null, "2"].includes(await read(again, "old")));
      strictEqual(await again.get("dropped"), null);
      await put(again, "old", "3");
      strictEqual(await read(again, "old"), "3");
    },
  },
  {
    id: "CS61",
    law: "a reopened cache has what it had, or nothing of it",
    when: retains,
    controls: ["reopen"],
    async run(cache, kit) {
      await put(cache, "a");
      const before = await cache.get("a");
      const again = await need(kit.reopen)();
      const after = await again.get("a");
      if (after !== null) deepStrictEqual([textOf(after), after.version], ["a", before?.version]);
      await put(again, "a", "again");
      strictEqual(await read(again, "a"), "again");
    },
  },
  {
    id: "CS54",
    law: "a random history of one caller equals a map",
    when: retains,
    async run(cache, { seed }) {
      const random = seededRandom(`${seed}/CS54`);
      const model = new Map<string, string>();
      const keys = Array.from({ length: 12 }, (_, i) => `k${i}`);
      for (let step = 0; step < 400; step++) {
        const [kind = 0, which = 0, value = 0] = random.bytes(3);
        const key = `k${which % 12}`;
        if (kind < 120) {
          await put(cache, key, String(value));
          model.set(key, String(value));
        } else if (kind < 160) {
          strictEqual(await cache.drop([key]), model.delete(key) ? 1 : 0);
        } else if (kind < 200) {
          const isStored = await putAbsent(cache, key, String(value));
          strictEqual(isStored, !model.has(key));
          if (isStored) model.set(key, String(value));
        } else {
          const hits = await cache.getMany(keys);
          deepStrictEqual(
            hits.map(textOf),
            keys.map((each) => model.get(each) ?? null),
          );
        }
      }
    },
  },
];

async function putAbsent(cache: CacheStore, key: string, value: string): Promise<boolean> {
  const item = { key, value: bytes(value), ttlMs, if: "absent" } as const;
  const [result] = await cache.setMany([item]);
  return result?.ok ?? false;
}

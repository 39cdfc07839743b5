import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import type { CacheStore } from "../cache-store.ts";
import {
  bytes,
  type CacheCase,
  type CacheKit,
  put,
  read,
  retains,
  shortMs,
  textOf,
  ttlMs,
} from "./cache-case.ts";

/** When entries end. Live engines are given room around the instants; a virtual clock none. */
export const expiryCases: readonly CacheCase[] = [
  {
    id: "CS07",
    law: "an entry is there before its time to live is over and gone after it",
    when: retains,
    async run(cache, kit) {
      const before = kit.virtualClock ? 1 : shortMs / 2;
      while (!(await isSeenUntil(cache, kit, before)));
      await kit.clock.advance(before + cache.capabilities.granularityMs);
      strictEqual(await cache.get("a"), null);
      strictEqual(await cache.drop(["a"]), 0);
    },
  },
  {
    id: "CS08",
    law: "writing again begins a new time to live, shorter or longer",
    when: retains,
    async run(cache, kit) {
      const { granularityMs } = cache.capabilities;
      await cache.set("long", bytes("1"), { ttlMs: shortMs });
      await cache.set("short", bytes("1"), { ttlMs: shortMs * 100 });
      await kit.clock.advance(shortMs / 2);
      await cache.set("long", bytes("2"), { ttlMs: shortMs * 100 });
      await cache.set("short", bytes("2"), { ttlMs: shortMs });
      await kit.clock.advance(shortMs + granularityMs);
      const hits = await cache.getMany(["long", "short"]);
      deepStrictEqual(hits.map(textOf), ["2", null]);
    },
  },
  {
    id: "CS17",
    law: "a stale entry is shown only when asked for, says so, and only for its time",
    when: (cache) => retains(cache) && cache.capabilities.stale !== undefined,
    async run(cache, kit) {
      const { granularityMs } = cache.capabilities;
      const allowStale = { allowStale: true };
      await cache.set("a", bytes("a"), { ttlMs: shortMs, staleMs: shortMs * 20 });
      await cache.set("b", bytes("b"), { ttlMs: shortMs, staleMs: shortMs });
      strictEqual((await cache.get("a", allowStale))?.isStale, false);
      await kit.clock.advance(shortMs + granularityMs);
      strictEqual(await cache.get("a"), null);
      const stale = await cache.get("a", allowStale);
      deepStrictEqual([textOf(stale), stale?.isStale], ["a", true]);
      await kit.clock.advance(shortMs + granularityMs);
      strictEqual(await cache.get("b", allowStale), null);
      strictEqual(textOf(await cache.get("a", allowStale)), "a");
      await cache.set("a", bytes("new"), { ttlMs, if: "absent" });
      strictEqual(await read(cache, "a"), "new");
    },
  },
  {
    id: "CS50",
    law: "what expired while this process stood still is gone when it goes on",
    when: retains,
    controls: ["stall"],
    async run(cache, kit) {
      await cache.set("a", bytes("a"), { ttlMs: shortMs });
      strictEqual(await read(cache, "a"), "a");
      await kit.stall?.(shortMs + cache.capabilities.granularityMs);
      strictEqual(await cache.get("a"), null);
    },
  },
  {
    id: "CS52",
    law: "a time to live of more than 2^31 milliseconds is kept in full",
    when: (cache) => retains(cache) && cache.limits.ttlMsMax > 2 ** 32,
    controls: ["virtualClock"],
    async run(cache, kit) {
      const longMs = 2 ** 31 + 5_000;
      await cache.set("a", bytes("a"), { ttlMs: longMs });
      await put(cache, "b");
      await kit.clock.advance(longMs - 1);
      deepStrictEqual((await cache.getMany(["a", "b"])).map(textOf), ["a", null]);
      await kit.clock.advance(1 + cache.capabilities.granularityMs);
      strictEqual(await cache.get("a"), null);
    },
  },
];

/** Looks shortly before the end; false when a busy machine looked too late to tell. */
async function isSeenUntil(cache: CacheStore, kit: CacheKit, before: number): Promise<boolean> {
  const fromMs = kit.clock.now();
  await cache.set("a", bytes("a"), { ttlMs: shortMs });
  await kit.clock.advance(shortMs - before);
  const hit = await cache.get("a");
  if (kit.clock.now() - fromMs >= shortMs) return false;
  strictEqual(textOf(hit), "a");
  const ageMs = hit?.ageMs ?? -1;
  // A live engine's clock is its own: it may count a little less than ours.
  ok(ageMs >= shortMs - before - (kit.virtualClock ? 0 : 100) && ageMs < shortMs, `${ageMs}`);
  return true;
}

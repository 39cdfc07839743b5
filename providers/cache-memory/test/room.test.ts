import { type CacheDriver, CacheStore } from "@bedplate/cache";
import { type Clock, VirtualClock } from "@bedplate/clock";
import type { ProviderHost } from "@bedplate/provider";
import { silentLog } from "@bedplate/telemetry";
import fc from "fast-check";
import { expect, test } from "vitest";
import { ExpiryHeap } from "../src/expiry-heap.ts";
import { provider } from "../src/index.ts";
import { MemoryCache, makePlace } from "../src/memory-cache.ts";

const item = { value: Uint8Array.of(1), staleMs: 0, tags: [] };

test("100,000 entries that have ended are cleared away by later writes, without a timer each", async () => {
  const clock = new VirtualClock();
  const place = makePlace({ clock });
  const cache = new MemoryCache(place);
  const timers = () => process.getActiveResourcesInfo().filter((each) => each === "Timeout").length;
  const timersBefore = timers();
  for (let i = 0; i < 100_000; i++) await cache.set("n", [{ ...item, key: `k${i}`, ttlMs: 1_000 }]);
  expect(place.size).toBe(100_000);
  expect(timers()).toBe(timersBefore);
  await clock.advance(1_000);
  for (let i = 0; i < 101; i++) await cache.set("n", [{ ...item, key: `l${i}`, ttlMs: 1_000 }]);
  expect(place.size).toBe(101);
  expect(place.bytes).toBeLessThan(101 * 1_000);
});

test("what was read last is forgotten last", async () => {
  const place = makePlace({ clock: new VirtualClock(), bytesMax: 10 * 400 });
  const cache: CacheDriver = new MemoryCache(place);
  for (let i = 0; i < 50; i++) {
    await cache.set("n", [{ ...item, key: `k${i}`, ttlMs: 1_000 }]);
    await cache.get("n", ["k0"]);
  }
  expect(place.bytes).toBeLessThanOrEqual(4_000);
  const [first, second, last] = await cache.get("n", ["k0", "k1", "k49"]);
  expect([first === null, second === null, last === null]).toEqual([false, true, false]);
});

test("overwriting one key for ever needs the room of one", async () => {
  const place = makePlace({ clock: new VirtualClock() });
  const cache = new MemoryCache(place);
  for (let i = 0; i < 10_000; i++) await cache.set("n", [{ ...item, key: "k", ttlMs: 1_000 }]);
  expect(place.size).toBe(1);
  expect(place.bytes).toBeLessThan(1_000);
});

test("a date that jumps an hour, either way, moves no end", async () => {
  const monotonic = new VirtualClock();
  let dateMs = 1_700_000_000_000;
  const clock: Clock = {
    now: () => dateMs,
    monotonic: () => monotonic.monotonic(),
    sleep: (ms, options) => monotonic.sleep(ms, options),
  };
  await using cache = new CacheStore(new MemoryCache(makePlace({ clock })), { clock });
  await cache.set("a", Uint8Array.of(1), { ttlMs: 1_000 });
  dateMs += 3_600_000;
  expect(await cache.get("a")).not.toBeNull();
  dateMs -= 7_200_000;
  await monotonic.advance(1_000);
  expect(await cache.get("a")).toBeNull();
});

test("the heap yields what has ended, in the order of the ends", () => {
  const property = fc.property(
    fc.array(fc.nat({ max: 50 })),
    fc.nat({ max: 50 }),
    (ends, nowMs) => {
      const heap = new ExpiryHeap<{ readonly endMs: number }>();
      for (const endMs of ends) heap.push({ endMs });
      const ended: number[] = [];
      for (let each = heap.popEnded(nowMs); each; each = heap.popEnded(nowMs))
        ended.push(each.endMs);
      expect(ended).toEqual(ends.filter((endMs) => endMs <= nowMs).sort((a, b) => a - b));
      expect(heap.size).toBe(ends.length - ended.length);
    },
  );
  fc.assert(property);
});

function host(): ProviderHost {
  return { clock: new VirtualClock(), log: silentLog, variables: {} };
}

test("drivers of one scratch place share it, and two places share nothing", async () => {
  await using one = await provider.openScratch("memory:", host());
  await using two = await provider.openScratch("memory:?bytesMax=1000000", host());
  await using first = new CacheStore(await one.open());
  await using second = new CacheStore(await one.open());
  await using other = new CacheStore(await two.open());
  await first.set("a", Uint8Array.of(1), { ttlMs: 1_000 });
  expect(await second.get("a")).not.toBeNull();
  expect(await other.get("a")).toBeNull();
});

test("a room of 0 bytes is a cache that always misses, and unknown settings are refused", async () => {
  await using cache = new CacheStore(await provider.open("memory:?bytesMax=0", host()));
  expect(cache.capabilities.retains).toBe(false);
  await expect(provider.open("memory:?bytes=1", host())).rejects.toMatchObject({
    code: "argument.invalid",
  });
});

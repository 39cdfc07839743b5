import { type CacheDriver, CacheStore } from "@bedplate/cache";
import { type CacheKit, cacheConformance, cacheMutants } from "@bedplate/cache/conformance";
import { VirtualClock } from "@bedplate/clock";
import { killerOf, type OpenedTarget, overriding } from "@bedplate/conformance";
import { describeConformance } from "@bedplate/conformance/vitest";
import { raise } from "@bedplate/errors";
import { expect, test } from "vitest";
import { MemoryCache, makePlace } from "../src/memory-cache.ts";

const limits = {
  keyBytesMax: 256,
  valueBytesMax: 4_096,
  batchMax: 32,
  batchBytesMax: 16_384,
};
const bytesMax = 1024 * 1024;

async function open(
  wrap: (driver: CacheDriver) => CacheDriver = (driver) => driver,
): Promise<OpenedTarget<CacheStore, CacheKit>> {
  const clock = new VirtualClock();
  const place = makePlace({ clock, limits, bytesMax });
  const way = { isCut: false };
  const driver = wrap(cuttable(new MemoryCache(place), way));
  const kit: CacheKit = {
    clock,
    seed: "memory",
    virtualClock: true,
    second: async () => new CacheStore(driver, { clock }),
    overfillBytes: 2 * bytesMax,
    stall: (ms) => clock.advance(ms),
    partition: async (isOn) => {
      way.isCut = isOn;
    },
  };
  const target = new CacheStore(driver, { clock });
  return { target, kit, [Symbol.asyncDispose]: () => target.close() };
}

/** Stands for an engine that cannot be reached, so that what callers see of it is tested here too. */
function cuttable(driver: MemoryCache, way: { readonly isCut: boolean }): CacheDriver {
  const pass = async () => {
    if (!way.isCut) return;
    throw raise("provider.unavailable", {
      op: "cache.get",
      detail: { provider: "cache-memory" },
      message: "Cannot reach the cache: the test is in the way",
    });
  };
  return overriding(driver, {
    get: (...args) => pass().then(() => driver.get(...args)),
    set: (...args) => pass().then(() => driver.set(...args)),
    drop: (...args) => pass().then(() => driver.drop(...args)),
    claim: (...args) => pass().then(() => driver.claim(...args)),
  });
}

const inProcess = "the memory of this process has no engine that could be treated so";

describeConformance({
  name: "cache-memory",
  cases: cacheConformance,
  open,
  blocked: {
    CS24: "a claim ends with the process that holds the memory",
    CS33: inProcess,
    CS35: inProcess,
    CS36: inProcess,
    CS48: inProcess,
    CS49: inProcess,
    CS61: "closing is the end of the memory",
  },
});

test.for(cacheMutants)("the suite kills: $name", async ({ kills, breakDriver }) => {
  const options = { open: () => open(breakDriver), timeoutMs: 2_000 };
  const killer = await killerOf(kills, cacheConformance, options);
  expect(kills).toContain(killer);
});

import { CacheStore } from "@bedplate/cache";
import { type CacheKit, cacheConformance } from "@bedplate/cache/conformance";
import { VirtualClock } from "@bedplate/clock";
import type { OpenedTarget } from "@bedplate/conformance";
import { describeConformance } from "@bedplate/conformance/vitest";
import { expect, test } from "vitest";
import { openMissingCache } from "../src/index.ts";

async function open(): Promise<OpenedTarget<CacheStore, CacheKit>> {
  const clock = new VirtualClock();
  const limits = { keyBytesMax: 256, valueBytesMax: 4_096, batchMax: 32, batchBytesMax: 16_384 };
  const driver = await openMissingCache(limits);
  const target = new CacheStore(driver, { clock });
  const second = async () => new CacheStore(driver, { clock });
  const kit = { clock, seed: "missing", virtualClock: true as const, second };
  return { target, kit, [Symbol.asyncDispose]: () => target.close() };
}

/** What a cache promises that knows nothing: checks, limits, refusals, and that loads are shared. */
const kept = ["CS01", "CS04", "CS05", "CS06", "CS37", "CS38", "CS41", "CS43", "CS53", "CS60"];

describeConformance({
  name: "a cache that always misses",
  cases: cacheConformance,
  open,
  undeclared: cacheConformance.map(({ id }) => id).filter((id) => !kept.includes(id)),
});

test("a cache that always misses has no version for a condition", async () => {
  await using cache = new CacheStore(await openMissingCache());
  const version = await cache.set("a", Uint8Array.of(1), { ttlMs: 1_000, if: "absent" });
  const write = { ttlMs: 1_000, if: { version } };
  await expect(cache.set("a", Uint8Array.of(2), write)).rejects.toMatchObject({
    code: "version.mismatch",
  });
});

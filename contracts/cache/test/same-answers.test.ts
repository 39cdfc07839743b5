import { openMemoryCache, openMissingCache } from "@bedplate/cache-memory";
import { VirtualClock } from "@bedplate/clock";
import { overriding } from "@bedplate/conformance";
import { isFault, raise } from "@bedplate/errors";
import fc from "fast-check";
import { expect, test } from "vitest";
import { type CacheDriver, CacheStore } from "../src/index.ts";

const keys = ["a", "b", "c"] as const;

type Action =
  | { readonly kind: "write"; readonly key: number; readonly value: number }
  | { readonly kind: "forget"; readonly key: number }
  | { readonly kind: "read"; readonly key: number }
  | { readonly kind: "advance"; readonly ms: number };

const key = fc.nat({ max: keys.length - 1 });
const actions: fc.Arbitrary<readonly Action[]> = fc.array(
  fc.oneof(
    fc.record({ kind: fc.constant("write" as const), key, value: fc.nat({ max: 255 }) }),
    fc.record({ kind: fc.constant("forget" as const), key }),
    { weight: 4, arbitrary: fc.record({ kind: fc.constant("read" as const), key }) },
    fc.record({ kind: fc.constant("advance" as const), ms: fc.constantFrom(1, 60_000) }),
  ),
  { maxLength: 40 },
);

/** A system that reads its truth through a cache, and drops from the cache what it changes. */
async function answersOf(
  driver: CacheDriver,
  clock: VirtualClock,
  todo: readonly Action[],
): Promise<readonly (number | null)[]> {
  await using cache = new CacheStore(driver, { clock });
  const truth = new Map<number, number>();
  const answers: (number | null)[] = [];
  for (const action of todo) {
    if (action.kind === "advance") {
      await clock.advance(action.ms);
    } else if (action.kind === "read") {
      const name = keys[action.key] ?? "";
      const load = async () => bytesOf(truth.get(action.key));
      const value = await cache.getOrFill(name, load, { ttlMs: 60_000 });
      answers.push(value?.[0] ?? null);
    } else {
      if (action.kind === "write") truth.set(action.key, action.value);
      else truth.delete(action.key);
      await cache.drop([keys[action.key] ?? ""]).catch(toleratedFault);
    }
  }
  return answers;
}

function bytesOf(value: number | undefined): Uint8Array | null {
  return value === undefined ? null : Uint8Array.of(value);
}

function toleratedFault(error: unknown): void {
  if (!isFault(error, "provider.unavailable")) throw error;
}

/** An engine that is away for good. */
function unreachable(driver: CacheDriver): CacheDriver {
  const away = async () => {
    throw raise("provider.unavailable", {
      op: "cache.get",
      detail: { provider: "none" },
      message: "Cannot reach the cache: there is none",
    });
  };
  return overriding(driver, { get: away, set: away, drop: away, claim: away, release: away });
}

/** Forgets at every third lookup, whatever is there. */
function forgetful(driver: CacheDriver): CacheDriver {
  let lookups = 0;
  return overriding(driver, {
    async get(namespace, wanted) {
      if (lookups++ % 3 === 0) await driver.drop(namespace, wanted);
      return driver.get(namespace, wanted);
    },
  });
}

test("a system answers the same with a cache that keeps, forgets, always misses, or is away", async () => {
  const property = fc.asyncProperty(actions, async (todo) => {
    const clock = new VirtualClock();
    const drivers = [
      await openMemoryCache({ clock }),
      forgetful(await openMemoryCache({ clock })),
      await openMissingCache(),
      unreachable(await openMemoryCache({ clock })),
    ];
    const seen = [];
    for (const driver of drivers) seen.push(await answersOf(driver, clock, todo));
    for (const answers of seen) expect(answers).toEqual(seen[2]);
    // The one that never keeps anything reads the truth each time.
    expect(seen[2]).toEqual(truthOf(todo));
  });
  await fc.assert(property, { numRuns: 200 });
});

function truthOf(todo: readonly Action[]): readonly (number | null)[] {
  const truth = new Map<number, number>();
  const answers: (number | null)[] = [];
  for (const action of todo) {
    if (action.kind === "write") truth.set(action.key, action.value);
    if (action.kind === "forget") truth.delete(action.key);
    if (action.kind === "read") answers.push(truth.get(action.key) ?? null);
  }
  return answers;
}

test("getOrFill() hands each caller a value of its own", async () => {
  await using cache = new CacheStore(await openMemoryCache());
  const load = async () => Uint8Array.of(1, 2);
  const [first, second] = await Promise.all([
    cache.getOrFill("a", load, { ttlMs: 1_000 }),
    cache.getOrFill("a", load, { ttlMs: 1_000 }),
  ]);
  first?.fill(0);
  expect(second).toEqual(Uint8Array.of(1, 2));
});

test("a caller that leaves does not end the load of the others", async () => {
  await using cache = new CacheStore(await openMemoryCache());
  const loading = Promise.withResolvers<Uint8Array>();
  const stop = new AbortController();
  const options = { ttlMs: 1_000 };
  const leaver = cache.getOrFill("a", () => loading.promise, { ...options, signal: stop.signal });
  const stayer = cache.getOrFill("a", () => loading.promise, options);
  await new Promise((resolve) => setImmediate(resolve));
  const reason = new Error("gone");
  stop.abort(reason);
  await expect(leaver).rejects.toBe(reason);
  loading.resolve(Uint8Array.of(7));
  expect(await stayer).toEqual(Uint8Array.of(7));
  expect((await cache.get("a"))?.value).toEqual(Uint8Array.of(7));
});

test("close() ends waiting for loads, and what they load is not stored", async () => {
  const driver = await openMemoryCache();
  const cache = new CacheStore(driver);
  const loading = Promise.withResolvers<Uint8Array>();
  const waiting = cache.getOrFill("a", () => loading.promise, { ttlMs: 1_000 });
  await new Promise((resolve) => setImmediate(resolve));
  await cache.close();
  await expect(waiting).rejects.toMatchObject({ code: "resource.closed" });
  loading.resolve(Uint8Array.of(7));
  await new Promise((resolve) => setImmediate(resolve));
  expect(await new CacheStore(driver).get("a")).toBeNull();
});

test("a caller who has waited for another process long enough loads for itself, and keeps nothing", async () => {
  const clock = new VirtualClock();
  const driver = await openMemoryCache({ clock });
  await using cache = new CacheStore(driver, { clock, fillPollMs: 10 });
  await using other = new CacheStore(driver, { clock });
  await other.claim("a", { holdMs: 60_000 });
  const load = async () => Uint8Array.of(7);
  let filled: Uint8Array | null | undefined;
  const filling = cache.getOrFill("a", load, { ttlMs: 1_000, waitMs: 100 }).then((value) => {
    filled = value;
  });
  for (let i = 0; i < 20 && filled === undefined; i++) await clock.advance(10);
  await filling;
  expect(filled).toEqual(Uint8Array.of(7));
  expect(await cache.get("a")).toBeNull();
});

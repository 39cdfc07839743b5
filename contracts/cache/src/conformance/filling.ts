import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import type { CacheStore } from "../cache-store.ts";
import {
  bytes,
  type CacheCase,
  hasClaims,
  need,
  put,
  read,
  retains,
  shortMs,
  textOf,
  ttlMs,
  win,
} from "./cache-case.ts";
import { isStrong } from "./values.ts";

/** `getOrFill`: of many callers one loads. */
export const fillingCases: readonly CacheCase[] = [
  {
    id: "CS41",
    law: "64 callers of one process share one load, whether or not anything is kept",
    async run(cache) {
      const loader = new Loader("value");
      const filling = Array.from({ length: 64 }, () => fill(cache, "a", loader));
      await loader.begun;
      loader.end();
      deepStrictEqual(new Set(await Promise.all(filling)), new Set(["value"]));
      strictEqual(loader.loads, 1);
      if (!retains(cache)) return;
      strictEqual(await fill(cache, "a", new Loader("other")), "value");
      strictEqual(await read(cache, "a"), "value");
    },
  },
  {
    id: "CS42",
    law: "callers of several processes share one load",
    when: hasClaims,
    async run(cache, kit) {
      const stores = [cache, await kit.second(), await kit.second()];
      const loader = new Loader("value");
      const filling = stores.flatMap((store) =>
        Array.from({ length: 8 }, () => fill(store, "a", loader)),
      );
      await loader.begun;
      // The others must have found the claim before the load ends, or they never met it.
      await kit.clock.advance(20);
      loader.end();
      await moveOn(kit.clock, Promise.all(filling));
      deepStrictEqual(new Set(await Promise.all(filling)), new Set(["value"]));
      strictEqual(loader.loads, 1);
    },
  },
  {
    id: "CS43",
    law: "a load that fails rejects all who wait, stores nothing, and lets the next one load at once",
    async run(cache, kit) {
      const other = await kit.second();
      const loader = new Loader("value");
      const filling = Array.from({ length: 8 }, () => fill(cache, "a", loader));
      await loader.begun;
      const reason = new Error("no luck");
      loader.fail(reason);
      for (const each of await Promise.allSettled(filling)) {
        strictEqual(each.status === "rejected" && each.reason, reason);
      }
      strictEqual(loader.loads, 1);
      strictEqual(await cache.get("a"), null);
      strictEqual(await fill(other, "a", ready("next")), "next");
    },
  },
  {
    id: "CS44",
    law: "a claimant that never fills holds callers up until its hold is over, and no longer",
    when: hasClaims,
    async run(cache, kit) {
      await win(await kit.second(), "a", shortMs);
      const filling = fill(cache, "a", ready("mine"));
      strictEqual(await moveOn(kit.clock, filling), "mine");
      strictEqual(await read(cache, "a"), "mine");
    },
  },
  {
    id: "CS45",
    law: "when the cache cannot be reached callers load, once per key, and it is counted",
    when: retains,
    controls: ["partition"],
    async run(cache, kit) {
      await put(cache, "a", "cached");
      await need(kit.partition)(true);
      const loader = new Loader("loaded");
      const filling = Array.from({ length: 8 }, () => fill(cache, "a", loader));
      await loader.begun;
      loader.end();
      deepStrictEqual(new Set(await Promise.all(filling)), new Set(["loaded"]));
      ok(cache.tally.failedOpen > 0);
      await need(kit.partition)(false);
    },
  },
  {
    id: "CS46",
    law: "that there is nothing is loaded once as well",
    when: hasClaims,
    async run(cache, kit) {
      const nothing = new Loader(null);
      nothing.end();
      strictEqual(await fill(cache, "a", nothing), null);
      await kit.clock.advance(20);
      strictEqual(await fill(cache, "a", nothing), null);
      strictEqual(nothing.loads, 1);
    },
  },
  {
    id: "CS47",
    law: "who asks after a drop was acknowledged never gets what was loaded before it",
    when: (cache) => hasClaims(cache) && isStrong(cache),
    async run(cache, kit) {
      for (const dropper of [cache, await kit.second()]) {
        const old = new Loader("old");
        const before = fill(cache, "a", old);
        await old.begun;
        await dropper.drop(["a"]);
        const after = fill(cache, "a", ready("new"));
        old.end();
        strictEqual(await before, "old");
        strictEqual(await moveOn(kit.clock, after), "new");
        strictEqual(await read(dropper, "a"), "new");
        await dropper.drop(["a"]);
      }
    },
  },
  {
    id: "CS60",
    law: "a value that is too long is handed over and not kept; its claim is given back",
    async run(cache) {
      const load = async () => new Uint8Array(cache.limits.valueBytesMax + 1);
      const value = await cache.getOrFill("a", load, { ttlMs });
      strictEqual(value?.byteLength, cache.limits.valueBytesMax + 1);
      strictEqual(await cache.get("a"), null);
      strictEqual(cache.tally.unkept, 1);
      strictEqual(await fill(cache, "a", ready("short")), "short");
    },
  },
  {
    id: "CS51",
    law: "a loader that stood still beyond its hold does not overwrite what another one filled in",
    when: hasClaims,
    controls: ["stall"],
    async run(cache, kit) {
      const token = await win(cache, "a", shortMs);
      await need(kit.stall)(shortMs + cache.capabilities.granularityMs);
      const other = await kit.second();
      strictEqual(await fill(other, "a", ready("theirs")), "theirs");
      ok(!(await cache.fill({ key: "a", token }, bytes("late"), { ttlMs })));
      strictEqual(textOf(await cache.get("a")), "theirs");
    },
  },
];

/** A load that ends when the case says so. */
class Loader {
  loads = 0;
  readonly #value: string | null;
  readonly #begun = Promise.withResolvers<void>();
  readonly #ended = Promise.withResolvers<void>();

  constructor(value: string | null) {
    this.#value = value;
  }

  get begun(): Promise<void> {
    return this.#begun.promise;
  }

  readonly load = async (): Promise<Uint8Array | null> => {
    this.loads++;
    this.#begun.resolve();
    await this.#ended.promise;
    return this.#value === null ? null : bytes(this.#value);
  };

  end(): void {
    this.#ended.resolve();
  }

  fail(reason: Error): void {
    this.#ended.reject(reason);
  }
}

function ready(value: string): Loader {
  const loader = new Loader(value);
  loader.end();
  return loader;
}

async function fill(cache: CacheStore, key: string, { load }: Loader): Promise<string | null> {
  const value = await cache.getOrFill(key, load, { ttlMs });
  return value && Buffer.from(value).toString();
}

/** Lets the cache's time go on until the work is done. */
async function moveOn<T>(
  clock: { advance(ms: number): Promise<void> },
  work: Promise<T>,
): Promise<T> {
  let isDone = false;
  const settled = () => {
    isDone = true;
  };
  work.then(settled, settled);
  for (let i = 0; i < 500 && !isDone; i++) {
    await clock.advance(10);
    await new Promise((resolve) => setImmediate(resolve));
  }
  return work;
}

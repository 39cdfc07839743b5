import { ok, strictEqual } from "node:assert/strict";
import { expectFault } from "@bedplate/conformance";
import { isFault } from "@bedplate/errors";
import type { CacheStore } from "../cache-store.ts";
import {
  bytes,
  type CacheCase,
  hasCounters,
  need,
  put,
  read,
  retains,
  ttlMs,
} from "./cache-case.ts";

/** What callers see when the engine, the way to it or what it stores is broken. */
export const failureCases: readonly CacheCase[] = [
  {
    id: "CS34",
    law: "an engine that cannot be reached is a fault and no miss; it serves again when it is back",
    when: retains,
    controls: ["partition"],
    async run(cache, kit) {
      await put(cache, "a");
      await need(kit.partition)(true);
      await unavailable(cache.get("a"), ["none"]);
      await unavailable(put(cache, "a", "b"), ["none", "unknown"]);
      await unavailable(cache.drop(["a"]), ["none", "unknown"]);
      await need(kit.partition)(false);
      await again(() => cache.get("a"));
      await put(cache, "a", "c");
      strictEqual(await read(cache, "a"), "c");
    },
  },
  {
    id: "CS35",
    law: "a damaged entry is a miss that is counted, and can be written again",
    when: retains,
    controls: ["flipByte"],
    async run(cache, kit) {
      await put(cache, "a", "precious");
      await put(cache, "b");
      await need(kit.flipByte)("a");
      strictEqual(await cache.get("a"), null);
      strictEqual(cache.tally.corrupt, 1);
      strictEqual(await read(cache, "b"), "b");
      await put(cache, "a", "again");
      strictEqual(await read(cache, "a"), "again");
      strictEqual(cache.tally.corrupt, 1);
    },
  },
  {
    id: "CS37",
    law: "a closed cache refuses everything, and closing twice is harmless",
    async run(cache) {
      await put(cache, "a");
      await cache.close();
      await cache.close();
      const code = "resource.closed";
      await expectFault(code, cache.get("a"));
      await expectFault(code, put(cache, "a"));
      await expectFault(code, cache.setMany([]));
      await expectFault(code, cache.drop(["a"]));
      await expectFault(code, cache.count("a", { ttlMs }));
      await expectFault(code, cache.claim("a", { holdMs: 1 }));
      await expectFault(code, cache.in("other").get("a"));
      await expectFault(
        code,
        cache.getOrFill("a", async () => bytes("b"), { ttlMs }),
      );
    },
  },
  {
    id: "CS48",
    law: "a break before a request leaves no effect; after it a keyed repeat settles what happened",
    when: (cache) => retains(cache) && hasCounters(cache),
    controls: ["cut"],
    async run(cache, kit) {
      const change = { ttlMs, idempotencyKey: "k" };
      strictEqual(await cache.count("n", { ttlMs }), 1);
      await need(kit.cut)("before-send");
      await unavailable(cache.count("n", { ttlMs }), ["none", "unknown"]);
      strictEqual(await again(() => cache.count("n", { by: 0, ttlMs })), 1);
      await need(kit.cut)("after-send");
      await unavailable(cache.count("n", change), ["unknown"]);
      strictEqual(await again(() => cache.count("n", change)), 2);
      strictEqual(await cache.count("n", { by: 0, ttlMs }), 2);
    },
  },
  {
    id: "CS49",
    law: "over a slow way answers are late or faults, and never those of another request",
    when: retains,
    controls: ["slow"],
    async run(cache, kit) {
      const keys = Array.from({ length: 20 }, (_, i) => `k${i}`);
      for (const key of keys) await put(cache, key);
      for (const delayMs of [20, 2_000, 0]) {
        await need(kit.slow)(delayMs);
        const reads = await Promise.all(keys.map((key) => readOrFault(cache, key)));
        for (const [index, value] of reads.entries()) {
          ok(value === keys[index] || value === "unavailable", `${keys[index]}: ${value}`);
        }
      }
      strictEqual(await again(() => read(cache, "k0")), "k0");
    },
  },
];

async function unavailable(work: Promise<unknown>, effects: readonly string[]): Promise<void> {
  const error = await work.then(
    (value) => new Error(`Expected a fault, got ${JSON.stringify(value)}`),
    (thrown: unknown) => thrown,
  );
  if (!isFault(error)) throw error;
  ok(["unavailable", "timeout"].includes(error.fault.kind), error.code);
  ok(effects.includes(error.fault.effect), `${error.code}: ${error.fault.effect}`);
}

async function readOrFault(cache: CacheStore, key: string): Promise<string | null> {
  try {
    return await read(cache, key);
  } catch (error) {
    if (!isFault(error)) throw error;
    return error.fault.kind === "unavailable" || error.fault.kind === "timeout"
      ? "unavailable"
      : error.code;
  }
}

/** Repeats until the connection is back. */
async function again<T>(work: () => Promise<T>): Promise<T> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await work();
    } catch (error) {
      if (attempt === 100 || !isFault(error) || error.fault.kind === "invalid") throw error;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { expectFault, expectNoTrace } from "@bedplate/conformance";
import { isFault } from "@bedplate/errors";
import type { CacheWrite } from "../cache-item.ts";
import type { CacheStore } from "../cache-store.ts";
import { bytes, type CacheCase, dump, put, read, retains, shortMs, ttlMs } from "./cache-case.ts";
import { isStrong } from "./values.ts";

/** Conditional writes, and what others see of writes. */
export const conditionCases: readonly CacheCase[] = [
  {
    id: "CS09",
    law: "of 100 racers for an absent key one wins, and expiry makes it absent again",
    when: retains,
    async run(cache, kit) {
      const other = await kit.second();
      const write = { ttlMs, if: "absent" } as const;
      const wins = await Promise.all(
        Array.from({ length: 100 }, (_, i) =>
          attempt(i % 2 === 0 ? cache : other, String(i), write),
        ),
      );
      const winners = [...wins.keys()].filter((i) => wins[i]);
      strictEqual(winners.length, 1);
      strictEqual(await read(cache, "a"), String(winners[0]));
      await cache.set("a", bytes("short"), { ttlMs: shortMs });
      await kit.clock.advance(shortMs + cache.capabilities.granularityMs);
      ok(await attempt(cache, "again", write));
    },
  },
  {
    id: "CS10",
    law: "a version holds for that version, and else names what is there; a refusal leaves no trace",
    when: retains,
    async run(cache) {
      const first = await put(cache, "a", "1");
      const second = await cache.set("a", bytes("2"), { ttlMs, if: { version: first } });
      const foreign = await put(cache, "b");
      await expectNoTrace(
        () => dump(cache, ["a", "b"]),
        async () => {
          for (const expected of [first, foreign, "no such version"]) {
            const write = { ttlMs, if: { version: expected } };
            const refused = cache.set("a", bytes("!"), write);
            const { fault } = await expectFault("version.mismatch", refused);
            deepStrictEqual(fault.detail, { expected, actual: second });
          }
          const empty = { ttlMs, if: { version: "" } };
          await expectFault("argument.invalid", cache.set("a", bytes("!"), empty));
        },
      );
      await cache.drop(["a"]);
      const gone = cache.set("a", bytes("!"), { ttlMs, if: { version: second } });
      const { fault } = await expectFault("version.mismatch", gone);
      deepStrictEqual(fault.detail, { expected: second, actual: "absent" });
      strictEqual(await cache.get("a"), null);
    },
  },
  {
    id: "CS15",
    law: "another process sees a write within the bound of coherence",
    when: retains,
    async run(cache, kit) {
      const { coherence } = cache.capabilities;
      const other = await kit.second();
      for (let i = 0; i < 20; i++) {
        await put(cache, "a", `${i}`);
        if (coherence !== "strong") await kit.clock.advance(coherence.staleMs);
        strictEqual(await read(other, "a"), `${i}`);
      }
    },
  },
  {
    id: "CS16",
    law: "after a write was acknowledged no reader gets an older one",
    when: isStrong,
    async run(cache, kit) {
      const other = await kit.second();
      let acknowledged = 0;
      const write = async () => {
        for (let i = 1; i <= 100; i++) {
          await put(cache, "a", String(i));
          acknowledged = i;
        }
      };
      const follow = async () => {
        while (acknowledged < 100) {
          const least = acknowledged;
          const seen = Number((await read(other, "a")) ?? least);
          ok(seen >= least, `${seen} was read after ${least} was acknowledged`);
          await new Promise((resolve) => setImmediate(resolve));
        }
      };
      await Promise.all([write(), follow()]);
    },
  },
  {
    id: "CS55",
    law: "overwriting never shows a miss to a reader",
    when: retains,
    async run(cache, kit) {
      const other = await kit.second();
      await put(cache, "a", "0");
      const write = async () => {
        for (let i = 1; i <= 100; i++) await put(cache, "a", String(i));
      };
      const follow = async () => {
        for (let i = 0; i < 100; i++) ok((await other.get("a")) !== null);
      };
      await Promise.all([write(), follow()]);
    },
  },
];

async function attempt(cache: CacheStore, value: string, write: CacheWrite): Promise<boolean> {
  try {
    await cache.set("a", bytes(value), write);
    return true;
  } catch (error) {
    if (isFault(error, "version.mismatch")) return false;
    throw error;
  }
}

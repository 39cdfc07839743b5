import { deepStrictEqual, notStrictEqual, ok, strictEqual } from "node:assert/strict";
import { expectFault } from "@bedplate/conformance";
import type { CacheStore } from "../cache-store.ts";
import {
  bytes,
  type CacheCase,
  hasClaims,
  hasTags,
  need,
  put,
  read,
  retains,
  shortMs,
  ttlMs,
  win,
} from "./cache-case.ts";

/** Who may fill a key. */
export const claimCases: readonly CacheCase[] = [
  {
    id: "CS19",
    law: "it can be recorded that there is nothing, and that is no miss",
    when: hasClaims,
    async run(cache) {
      const token = await win(cache, "a");
      ok(await cache.fill({ key: "a", token }, null, { ttlMs }));
      const hit = await cache.get("a");
      notStrictEqual(hit, null);
      strictEqual(hit?.value, null);
      strictEqual(await cache.get("b"), null);
      strictEqual(await cache.drop(["a"]), 1);
      strictEqual(await cache.get("a"), null);
    },
  },
  {
    id: "CS20",
    law: "of 100 racers for a claim one wins, and the others learn when to come back",
    when: hasClaims,
    async run(cache, kit) {
      const other = await kit.second();
      const claims = await Promise.all(
        Array.from({ length: 100 }, (_, i) =>
          (i % 2 === 0 ? cache : other).claim("a", { holdMs: ttlMs }),
        ),
      );
      strictEqual(claims.filter(({ isWon }) => isWon).length, 1);
      for (const each of claims) {
        ok(each.isWon || (each.retryInMs > 0 && each.retryInMs <= ttlMs));
      }
      ok((await cache.claim("b", { holdMs: ttlMs })).isWon);
      ok((await cache.in("elsewhere").claim("a", { holdMs: ttlMs })).isWon);
    },
  },
  {
    id: "CS21",
    law: "a claim ends at its time, and the next racer wins",
    when: hasClaims,
    async run(cache, kit) {
      await win(cache, "a", shortMs);
      if (kit.virtualClock) {
        await kit.clock.advance(shortMs - 1);
        deepStrictEqual(await cache.claim("a", { holdMs: ttlMs }), { isWon: false, retryInMs: 1 });
        await kit.clock.advance(1);
      } else await kit.clock.advance(shortMs + cache.capabilities.granularityMs);
      await win(cache, "a");
      ok(!(await cache.claim("a", { holdMs: ttlMs })).isWon);
    },
  },
  {
    id: "CS22",
    law: "a fill with a lost or forged token is refused and stores nothing",
    when: hasClaims,
    async run(cache, kit) {
      const token = await win(cache, "a", shortMs);
      const other = await win(cache, "b");
      await kit.clock.advance(shortMs + cache.capabilities.granularityMs);
      for (const lost of [token, other, "forged", ""]) await refused(cache, lost);
      const next = await win(cache, "a");
      for (const lost of [token, other, "forged", ""]) await refused(cache, lost);
      ok(await cache.fill({ key: "a", token: next }, bytes("a"), { ttlMs }));
      ok(!(await cache.fill({ key: "a", token: next }, bytes("twice"), { ttlMs })));
      strictEqual(await read(cache, "a"), "a");
    },
  },
  {
    id: "CS23",
    law: "a fill ends the claim, and those who wait see the value",
    when: hasClaims,
    async run(cache, kit) {
      const other = await kit.second();
      const token = await win(cache, "a");
      ok(!(await other.claim("a", { holdMs: ttlMs })).isWon);
      ok(await cache.fill({ key: "a", token }, bytes("a"), { ttlMs }));
      strictEqual(await read(other, "a"), "a");
      await win(other, "a");
    },
  },
  {
    id: "CS24",
    law: "a claimant that crashed blocks nobody beyond its hold",
    when: hasClaims,
    controls: ["crash"],
    async run(cache, kit) {
      await need(kit.crash)();
      const load = async () => bytes("after");
      const claim = await cache.claim(claimedKey, { holdMs: ttlMs });
      // A machine that is slow to start processes may have let the hold pass already.
      if (claim.isWon) await cache.release({ key: claimedKey, token: claim.token });
      else ok(claim.retryInMs <= crashHoldMs);
      await kit.clock.advance(crashHoldMs + cache.capabilities.granularityMs);
      strictEqual(await text(cache.getOrFill(claimedKey, load, { ttlMs })), "after");
    },
  },
  {
    id: "CS39",
    law: "a write or a drop of the key takes its claim away: what was loaded before stores nothing",
    when: hasClaims,
    async run(cache, kit) {
      const other = await kit.second();
      const first = await win(cache, "a");
      await put(other, "a", "new");
      ok(!(await cache.fill({ key: "a", token: first }, bytes("old"), { ttlMs })));
      strictEqual(await read(cache, "a"), "new");
      const second = await win(cache, "a");
      strictEqual(await other.drop(["a"]), 1);
      ok(!(await cache.fill({ key: "a", token: second }, bytes("old"), { ttlMs })));
      const third = await win(cache, "a");
      strictEqual(await other.drop(["a"]), 0);
      ok(!(await cache.fill({ key: "a", token: third }, bytes("old"), { ttlMs })));
      strictEqual(await cache.get("a"), null);
    },
  },
  {
    id: "CS40",
    law: "a drop of a tag takes away the claims that name it",
    when: (cache) => hasClaims(cache) && hasTags(cache),
    async run(cache, kit) {
      const other = await kit.second();
      const claim = await cache.claim("a", { holdMs: ttlMs, tags: ["t", "u"] });
      const token = claim.isWon ? claim.token : "";
      await other.dropTag("t");
      ok(!(await cache.fill({ key: "a", token }, bytes("old"), { ttlMs })));
      const again = await cache.claim("a", { holdMs: ttlMs, tags: ["t", "u"] });
      await other.dropTag("v");
      const kept = again.isWon ? again.token : "";
      ok(await cache.fill({ key: "a", token: kept }, bytes("a"), { ttlMs }));
      strictEqual(await read(cache, "a"), "a");
      await other.dropTag("u");
      strictEqual(await cache.get("a"), null);
    },
  },
  {
    id: "CS56",
    law: "a claim that is given back is free at once; a lost one gives nothing back",
    when: hasClaims,
    async run(cache) {
      const first = await win(cache, "a");
      await cache.release({ key: "a", token: "forged" });
      ok(!(await cache.claim("a", { holdMs: ttlMs })).isWon);
      await cache.release({ key: "a", token: first });
      const second = await win(cache, "a");
      await cache.release({ key: "a", token: first });
      ok(await cache.fill({ key: "a", token: second }, bytes("a"), { ttlMs }));
    },
  },
  {
    id: "CS57",
    law: "the limit of a hold is exact",
    when: hasClaims,
    async run(cache) {
      const holdMsMax = cache.capabilities.claims?.holdMsMax ?? 0;
      for (const holdMs of [0, -1, 0.5, Number.NaN, holdMsMax + 1]) {
        await expectFault("argument.invalid", cache.claim("a", { holdMs }));
      }
      await win(cache, "a", holdMsMax);
    },
  },
  {
    id: "CS38",
    law: "tags, counters, claims and stale entries that are not declared are refused without effect",
    async run(cache) {
      const { tags, counters, claims, stale } = cache.capabilities;
      const code = "capability.undeclared";
      if (tags === undefined) {
        await expectFault(code, cache.set("a", bytes("a"), { ttlMs, tags: ["t"] }));
        await expectFault(code, cache.dropTag("t"));
      }
      if (counters === undefined) await expectFault(code, cache.count("a", { ttlMs }));
      if (claims === undefined) {
        await expectFault(code, cache.claim("a", { holdMs: 1 }));
        await expectFault(code, cache.fill({ key: "a", token: "t" }, bytes("a"), { ttlMs }));
        await expectFault(code, cache.release({ key: "a", token: "t" }));
      }
      if (stale === undefined) {
        await expectFault(code, cache.set("a", bytes("a"), { ttlMs, staleMs: 1 }));
        await expectFault(code, cache.get("a", { allowStale: true }));
      }
      strictEqual(await cache.get("a"), null);
      await put(cache, "a");
      if (retains(cache)) strictEqual(await read(cache, "a"), "a");
    },
  },
];

const claimedKey = "claimed";
const crashHoldMs = 1_500;

/** What a process does until it is killed: it claims a key and says so. */
export async function claimUntilKilled(
  cache: CacheStore,
  report: (line: string) => void,
): Promise<never> {
  await win(cache, claimedKey, crashHoldMs);
  report("claimed");
  const never = new Promise<never>(() => {});
  // Only a timer keeps the process until it is killed.
  setInterval(() => {}, 60_000);
  return never;
}

async function refused(cache: CacheStore, token: string): Promise<void> {
  ok(!(await cache.fill({ key: "a", token }, bytes("late"), { ttlMs })));
  strictEqual(await cache.get("a"), null);
}

async function text(value: Promise<Uint8Array | null>): Promise<string> {
  return Buffer.from((await value) ?? []).toString();
}

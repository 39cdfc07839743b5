import { openMemoryCache } from "@bedplate/cache-memory";
import { VirtualClock } from "@bedplate/clock";
import { isFault } from "@bedplate/errors";
import fc from "fast-check";
import { expect, test } from "vitest";
import { type CacheDriver, CacheStore } from "../src/index.ts";

const keys = ["a", "a/b", "b"] as const;
const tags = ["t", "u"] as const;

type Condition = "none" | "absent" | "now" | "old";

/** What a test wants to happen; whether its conditions hold depends on what happened before. */
type Action =
  | {
      readonly kind: "set";
      readonly key: number;
      readonly value: number;
      readonly ttlMs: number;
      readonly staleMs: number | null;
      readonly tag: number | null;
      readonly is: Condition;
    }
  | { readonly kind: "get"; readonly allowStale: boolean }
  | { readonly kind: "drop"; readonly key: number }
  | { readonly kind: "dropTag"; readonly tag: number }
  | {
      readonly kind: "count";
      readonly key: number;
      readonly by: number;
      readonly once: number | null;
    }
  | { readonly kind: "claim"; readonly key: number; readonly tag: number | null }
  | { readonly kind: "fill"; readonly key: number; readonly value: number | null }
  | { readonly kind: "release"; readonly key: number }
  | { readonly kind: "advance"; readonly ms: number };

const key = fc.nat({ max: keys.length - 1 });
const tag = fc.nat({ max: tags.length - 1 });
const spanMs = fc.constantFrom(1, 50, 100, 200);
const value = fc.nat({ max: 255 });
const actions: fc.Arbitrary<readonly Action[]> = fc.array(
  fc.oneof(
    {
      weight: 4,
      arbitrary: fc.record({
        kind: fc.constant("set" as const),
        key,
        value,
        ttlMs: spanMs,
        staleMs: fc.option(spanMs),
        tag: fc.option(tag),
        is: fc.constantFrom("none", "absent", "now", "old"),
      }),
    },
    {
      weight: 3,
      arbitrary: fc.record({ kind: fc.constant("get" as const), allowStale: fc.boolean() }),
    },
    fc.record({ kind: fc.constant("drop" as const), key }),
    fc.record({ kind: fc.constant("dropTag" as const), tag }),
    fc.record({
      kind: fc.constant("count" as const),
      key,
      by: fc.integer({ min: -3, max: 9 }),
      once: fc.option(fc.nat({ max: 1 })),
    }),
    fc.record({ kind: fc.constant("claim" as const), key, tag: fc.option(tag) }),
    fc.record({ kind: fc.constant("fill" as const), key, value: fc.option(value) }),
    fc.record({ kind: fc.constant("release" as const), key }),
    { weight: 3, arbitrary: fc.record({ kind: fc.constant("advance" as const), ms: spanMs }) },
  ),
  { maxLength: 50 },
);

const holdMs = 100;
const counterMs = 100;

interface ModelEntry {
  readonly value: number | null;
  readonly version: string;
  readonly writtenMs: number;
  readonly freshMs: number;
  readonly endMs: number;
  readonly tag: number | null;
}

/** The contract, as simply as it can be said. */
class Model {
  nowMs = 0;
  readonly entries = new Map<number, ModelEntry>();
  readonly old = new Map<number, string>();
  readonly claims = new Map<number, { token: string; endMs: number; tag: number | null }>();
  /** The last token that was won for a key, held or not. */
  readonly tokens = new Map<number, string>();
  readonly counters = new Map<number, { value: number; endMs: number }>();
  readonly once = new Map<string, number>();

  fresh(at: number): ModelEntry | undefined {
    const entry = this.entries.get(at);
    return entry !== undefined && entry.freshMs > this.nowMs ? entry : undefined;
  }

  shown(at: number, allowStale: boolean): ModelEntry | undefined {
    const entry = this.entries.get(at);
    if (entry === undefined || entry.endMs <= this.nowMs) return undefined;
    return allowStale || entry.freshMs > this.nowMs ? entry : undefined;
  }

  claim(at: number): { token: string; endMs: number; tag: number | null } | undefined {
    const claim = this.claims.get(at);
    return claim !== undefined && claim.endMs > this.nowMs ? claim : undefined;
  }

  holds(at: number, is: Condition): boolean {
    const entry = this.fresh(at);
    if (is === "none") return true;
    if (is === "absent") return entry === undefined;
    if (entry === undefined) return false;
    return is === "now" || (this.old.get(at) ?? entry.version) === entry.version;
  }

  forget(at: number): void {
    const entry = this.entries.get(at);
    if (entry !== undefined) this.old.set(at, entry.version);
    this.entries.delete(at);
    this.claims.delete(at);
  }
}

class Run {
  readonly clock: VirtualClock;
  readonly store: CacheStore;
  readonly model = new Model();

  constructor(driver: CacheDriver, clock: VirtualClock) {
    this.clock = clock;
    this.store = new CacheStore(driver, { clock });
  }

  async step(action: Action): Promise<void> {
    this.model.nowMs = this.clock.now();
    switch (action.kind) {
      case "advance":
        return this.clock.advance(action.ms);
      case "set":
        return this.set(action);
      case "get":
        return this.get(action.allowStale);
      case "drop": {
        const isThere = this.model.fresh(action.key) !== undefined;
        this.model.forget(action.key);
        expect(await this.store.drop([nameOf(action.key)])).toBe(isThere ? 1 : 0);
        return;
      }
      case "dropTag":
        return this.dropTag(action.tag);
      case "count":
        return this.count(action);
      case "claim":
        return this.claim(action);
      case "fill":
        return this.fill(action);
      case "release": {
        const token = this.model.tokens.get(action.key) ?? "none";
        await this.store.release({ key: nameOf(action.key), token });
        if (this.model.claim(action.key)?.token === token) this.model.claims.delete(action.key);
        return;
      }
    }
  }

  async set(action: Action & { kind: "set" }): Promise<void> {
    const { model } = this;
    const { ttlMs, staleMs, tag: at } = action;
    const current = model.fresh(action.key)?.version ?? "none";
    const old = model.old.get(action.key) ?? current;
    const is = {
      none: undefined,
      absent: "absent",
      now: { version: current },
      old: { version: old },
    } as const;
    const expected = model.holds(action.key, action.is);
    const write = {
      ttlMs,
      staleMs: staleMs ?? undefined,
      tags: at === null ? undefined : [tags[at] ?? ""],
      if: is[action.is],
    };
    try {
      const version = await this.store.set(nameOf(action.key), Uint8Array.of(action.value), write);
      expect(expected).toBe(true);
      this.keep(action.key, { ...action, version, staleMs: staleMs ?? 0 });
    } catch (error) {
      if (!isFault(error, "version.mismatch")) throw error;
      expect(expected).toBe(false);
      expect(error.fault.detail.actual).toBe(model.fresh(action.key)?.version ?? "absent");
    }
  }

  async get(allowStale: boolean): Promise<void> {
    const hits = await this.store.getMany(keys, { allowStale });
    const seen = hits.map(
      (hit) => hit && [hit.value?.[0] ?? null, hit.version, hit.ageMs, hit.isStale],
    );
    const { nowMs } = this.model;
    const expected = keys.map((_, at) => {
      const entry = this.model.shown(at, allowStale);
      if (entry === undefined) return null;
      return [entry.value, entry.version, nowMs - entry.writtenMs, entry.freshMs <= nowMs];
    });
    expect(seen).toEqual(expected);
  }

  async dropTag(at: number): Promise<void> {
    await this.store.dropTag(tags[at] ?? "");
    for (const [index, entry] of this.model.entries) {
      if (entry.tag !== at) continue;
      this.model.old.set(index, entry.version);
      this.model.entries.delete(index);
    }
    for (const [index, claim] of this.model.claims) {
      if (claim.tag === at) this.model.claims.delete(index);
    }
  }

  async count({ key: at, by, once }: Action & { kind: "count" }): Promise<void> {
    const { nowMs, counters, once: remembered } = this.model;
    const idempotencyKey = once === null ? undefined : `o${once}`;
    const options = { by, ttlMs: counterMs, floor: -2, ceil: 20, idempotencyKey };
    const seen = await this.store.count(nameOf(at), options);
    const id = `${at} ${idempotencyKey}`;
    const first = idempotencyKey === undefined ? undefined : remembered.get(id);
    if (first !== undefined) return expect(seen).toBe(first);
    const counter = counters.get(at);
    const isThere = counter !== undefined && counter.endMs > nowMs;
    const next = Math.min(20, Math.max(-2, (isThere ? counter.value : 0) + by));
    counters.set(at, { value: next, endMs: isThere ? counter.endMs : nowMs + counterMs });
    if (idempotencyKey !== undefined) remembered.set(id, next);
    expect(seen).toBe(next);
  }

  async claim({ key: at, tag: which }: Action & { kind: "claim" }): Promise<void> {
    const { model } = this;
    const named = which === null ? undefined : [tags[which] ?? ""];
    const answer = await this.store.claim(nameOf(at), { holdMs, tags: named });
    const held = model.claim(at);
    if (held !== undefined) {
      return expect(answer).toEqual({ isWon: false, retryInMs: held.endMs - model.nowMs });
    }
    if (!answer.isWon) throw new Error("the claim was free");
    model.claims.set(at, { token: answer.token, endMs: model.nowMs + holdMs, tag: which });
    model.tokens.set(at, answer.token);
  }

  async fill({ key: at, value: filled }: Action & { kind: "fill" }): Promise<void> {
    const token = this.model.tokens.get(at) ?? "none";
    const bytes = filled === null ? null : Uint8Array.of(filled);
    const isKept = await this.store.fill({ key: nameOf(at), token }, bytes, { ttlMs: 100 });
    const held = this.model.claim(at);
    expect(isKept).toBe(held?.token === token);
    if (!isKept) return;
    const version = (await this.store.get(nameOf(at)))?.version ?? "";
    this.keep(at, { value: filled, ttlMs: 100, staleMs: 0, tag: held?.tag ?? null, version });
  }

  keep(
    at: number,
    entry: Pick<ModelEntry, "value" | "version" | "tag"> & { ttlMs: number; staleMs: number },
  ): void {
    const { value: kept, version, tag: which, ttlMs, staleMs } = entry;
    this.model.forget(at);
    const writtenMs = this.model.nowMs;
    const freshMs = writtenMs + ttlMs;
    const endMs = freshMs + staleMs;
    this.model.entries.set(at, { value: kept, version, tag: which, writtenMs, freshMs, endMs });
  }
}

function nameOf(at: number): string {
  return keys[at] ?? "";
}

test("any sequence of operations on cache-memory does what the model does", async () => {
  const property = fc.asyncProperty(actions, async (todo) => {
    const clock = new VirtualClock();
    const run = new Run(await openMemoryCache({ clock }), clock);
    await using _store = run.store;
    for (const action of todo) await run.step(action);
  });
  await fc.assert(property, { numRuns: 300 });
});

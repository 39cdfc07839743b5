import type { VirtualClock } from "@bedplate/clock";
import { isFault } from "@bedplate/errors";
import fc from "fast-check";
import { expect } from "vitest";
import type { StateEntry, StateOp, StateStore } from "../src/index.ts";
import { type CommitAction, type ModelEntry, names, StateModel } from "./state-model.ts";

/** What a test wants to happen. */
export type Action =
  | CommitAction
  | { readonly kind: "list"; readonly from: number; readonly to: number; readonly reverse: boolean }
  | { readonly kind: "past"; readonly back: number; readonly reverse: boolean }
  | { readonly kind: "watch"; readonly back: number }
  | { readonly kind: "advance"; readonly ms: number };

const key = fc.nat({ max: names.length - 1 });
const op = fc.record({
  key,
  value: fc.option(fc.nat({ max: 9 })),
  ttlMs: fc.option(fc.constantFrom(1, 500, 2_000), { freq: 2 }),
});
const commit: fc.Arbitrary<CommitAction> = fc.record({
  kind: fc.constant("commit" as const),
  ops: fc.uniqueArray(op, { selector: (each) => each.key, maxLength: 3 }),
  check: fc.record({ key, is: fc.constantFrom("absent", "present", "now", "old") }),
  epoch: fc.option(fc.nat({ max: 4 })),
  idempotency: fc.option(fc.nat({ max: 2 }), { freq: 2 }),
});
const reverse = fc.boolean();
/** Any sequence of them. */
export const actions: fc.Arbitrary<readonly Action[]> = fc.array(
  fc.oneof(
    { weight: 5, arbitrary: commit },
    fc.record({ kind: fc.constant("list" as const), from: key, to: key, reverse }),
    fc.record({ kind: fc.constant("past" as const), back: fc.nat({ max: 5 }), reverse }),
    fc.record({ kind: fc.constant("watch" as const), back: fc.nat({ max: 5 }) }),
    fc.record({ kind: fc.constant("advance" as const), ms: fc.constantFrom(1, 499, 500, 1_000) }),
  ),
  { maxLength: 60 },
);

/** A store, and its time. */
export interface ModelSubject {
  readonly store: StateStore;
  readonly clock: VirtualClock;
  /** Makes the driver end what has expired, as one commit: reading the history does. */
  readonly endExpired: () => Promise<unknown>;
}

/** Does everything to a store and to the model, and compares what both say. */
export async function compareWithModel(
  { store, endExpired, clock }: ModelSubject,
  todo: readonly Action[],
): Promise<void> {
  const model = new StateModel();
  for (const action of todo) {
    if (action.kind === "advance") {
      await clock.advance(action.ms);
      await endExpired();
      model.expire(clock.now());
    } else if (action.kind === "commit") await compareCommit(store, model, action, clock.now());
    else if (action.kind === "list") await compareList(store, model, action);
    else if (action.kind === "past") await comparePast(store, model, action, clock.now());
    else await compareWatch(store, model, Math.max(0, model.log.length - action.back));
  }
  expect(await store.head()).toBe(model.log.length);
}

async function compareCommit(
  store: StateStore,
  model: StateModel,
  action: CommitAction,
  nowMs: number,
): Promise<void> {
  const ops: StateOp<string>[] = action.ops.map(({ key: index, value, ttlMs }) => {
    const name = names[index] ?? "";
    if (value === null) return { delete: name };
    return { put: name, value: Uint8Array.of(value), ttlMs: ttlMs ?? undefined };
  });
  const { epoch, idempotency } = action;
  const expected = model.expected(action, nowMs);
  try {
    const result = await store.commit({
      checks: [model.checkOf(action.check)],
      ops,
      fence: epoch === null ? undefined : { name: "f", epoch },
      idempotencyKey: idempotency === null ? undefined : `k${idempotency}`,
    });
    if (result.replayed) return expect(`replayed ${result.revision}`).toBe(expected);
    expect("committed").toBe(expected);
    model.commit(action, result.versions, nowMs);
    expect(result.revision).toBe(model.log.length);
  } catch (error) {
    if (!isFault(error)) throw error;
    expect(error.code).toBe(expected);
  }
}

async function compareList(
  store: StateStore,
  model: StateModel,
  action: Action & { kind: "list" },
): Promise<void> {
  const [start, end] = [names[action.from] ?? "", names[action.to] ?? ""];
  const inRange = [...model.now].filter(
    ([name]) => compare(name, start) >= 0 && compare(name, end) < 0,
  );
  const { entries, revision } = await store.list({ start, end, reverse: action.reverse });
  expect(revision).toBe(model.log.length);
  compareEntries(entries, inRange, action.reverse);
}

async function comparePast(
  store: StateStore,
  model: StateModel,
  action: Action & { kind: "past" },
  nowMs: number,
): Promise<void> {
  const at = Math.max(0, model.log.length - action.back);
  const there = [...(model.past[at] ?? [])].filter(
    ([, { expiresAt }]) => expiresAt === null || expiresAt > nowMs,
  );
  const { entries } = await store.list({ at, reverse: action.reverse });
  compareEntries(entries, there, action.reverse);
  const one = await store.getMany(names, { at });
  compareEntries(
    one.filter((entry) => entry !== null),
    there,
    false,
  );
}

function compareEntries(
  entries: readonly StateEntry[],
  known: readonly (readonly [string, ModelEntry])[],
  isReverse: boolean,
): void {
  const sorted = known.toSorted(([a], [b]) => compare(a, b));
  const seen = entries.map(({ key: name, value, version, expiresAt }) => [
    Buffer.from(name).toString(),
    { value: value[0], version, expiresAt: expiresAt ?? null },
  ]);
  expect(seen).toEqual(isReverse ? sorted.toReversed() : sorted);
}

async function compareWatch(store: StateStore, model: StateModel, after: number): Promise<void> {
  if (after === model.log.length) return;
  const seen: unknown[] = [];
  for await (const { revision, changes } of store.watch({ after })) {
    const shown = changes.map(({ key: name, entry, cause }) => [
      Buffer.from(name).toString(),
      entry?.value[0] ?? null,
      cause,
    ]);
    seen.push(shown[0]?.[2] === "expired" ? shown.toSorted() : shown);
    if (revision === model.log.length) break;
  }
  const log = model.log.slice(after);
  expect(seen).toEqual(log.map((each) => (each[0]?.[2] === "expired" ? each.toSorted() : each)));
}

function compare(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

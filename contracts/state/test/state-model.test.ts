import { join } from "node:path";
import { VirtualClock } from "@bedplate/clock";
import { isFault } from "@bedplate/errors";
import { openMemoryState } from "@bedplate/state-memory";
import { openSqliteState } from "@bedplate/state-sqlite";
import { openScratchFolder } from "@bedplate/testkit";
import fc from "fast-check";
import { expect, test } from "vitest";
import {
  type StateCheck,
  type StateCommit,
  type StateDriver,
  type StateOp,
  StateStore,
} from "../src/index.ts";

const keys = ["a", "a/", "a/b", "b", "\u{1f600}"] as const;

/** What a test wants to happen; whether its checks hold depends on what happened before. */
type Action =
  | {
      readonly kind: "commit";
      readonly ops: readonly { readonly key: number; readonly value: number | null }[];
      readonly check: { readonly key: number; readonly is: "absent" | "present" | "now" | "old" };
      readonly epoch: number | null;
      readonly idempotency: number | null;
    }
  | { readonly kind: "list"; readonly from: number; readonly to: number; readonly reverse: boolean }
  | { readonly kind: "watch"; readonly back: number }
  | { readonly kind: "advance"; readonly ms: number };

const key = fc.nat({ max: keys.length - 1 });
const actions: fc.Arbitrary<readonly Action[]> = fc.array(
  fc.oneof(
    {
      weight: 5,
      arbitrary: fc.record({
        kind: fc.constant("commit" as const),
        ops: fc.uniqueArray(fc.record({ key, value: fc.option(fc.nat({ max: 9 })) }), {
          selector: (op) => op.key,
          maxLength: 3,
        }),
        check: fc.record({ key, is: fc.constantFrom("absent", "present", "now", "old") }),
        epoch: fc.option(fc.nat({ max: 4 })),
        idempotency: fc.option(fc.nat({ max: 2 }), { freq: 2 }),
      }),
    },
    fc.record({ kind: fc.constant("list" as const), from: key, to: key, reverse: fc.boolean() }),
    fc.record({ kind: fc.constant("watch" as const), back: fc.nat({ max: 5 }) }),
    fc.record({ kind: fc.constant("advance" as const), ms: fc.constantFrom(1, 499, 500, 1_000) }),
  ),
  { maxLength: 40 },
);

const idempotencyMs = 1_000;

/** The contract, as simply as it can be said. */
class Model {
  readonly now = new Map<string, { value: number; version: string }>();
  readonly old = new Map<string, string>();
  readonly remembered = new Map<number, { request: string; revision: number; until: number }>();
  readonly log: (readonly [string, number | null][])[] = [];
  epoch = 0;

  expected(action: Action & { kind: "commit" }, nowMs: number): string {
    const { check, epoch, idempotency } = action;
    const first = idempotency === null ? undefined : this.remembered.get(idempotency);
    if (first !== undefined && first.until > nowMs) {
      return first.request === requestOf(action, this)
        ? `replayed ${first.revision}`
        : "idempotency.mismatch";
    }
    if (epoch !== null && epoch < this.epoch) return "fence.stale";
    const name = keys[check.key] ?? "";
    const isThere = this.now.has(name);
    const holds =
      check.is === "absent"
        ? !isThere
        : check.is === "old"
          ? !this.old.has(name) && isThere
          : isThere;
    return holds ? "committed" : "version.mismatch";
  }
}

/** The same action is the same request only while the version that it names is the same. */
function requestOf(action: Action & { kind: "commit" }, model: Model): string {
  const { ops, epoch, check } = action;
  return JSON.stringify([ops, epoch, checkOf(check, model)]);
}

function checkOf(
  { key: index, is }: (Action & { kind: "commit" })["check"],
  model: Model,
): StateCheck<string> {
  const name = keys[index] ?? "";
  if (is === "absent" || is === "present") return { key: name, is };
  const current = model.now.get(name)?.version ?? "none";
  return { key: name, is: { version: is === "now" ? current : (model.old.get(name) ?? current) } };
}

async function commit(
  store: StateStore,
  model: Model,
  action: Action & { kind: "commit" },
  nowMs: number,
) {
  const ops: StateOp<string>[] = action.ops.map(({ key: index, value }) => {
    const name = keys[index] ?? "";
    return value === null ? { delete: name } : { put: name, value: Uint8Array.of(value) };
  });
  const { epoch, idempotency } = action;
  const request = requestOf(action, model);
  const expected = model.expected(action, nowMs);
  try {
    const result = await store.commit({
      checks: [checkOf(action.check, model)],
      ops,
      fence: epoch === null ? undefined : { name: "f", epoch },
      idempotencyKey: idempotency === null ? undefined : `k${idempotency}`,
    });
    if (result.replayed) return expect(`replayed ${result.revision}`).toBe(expected);
    expect("committed").toBe(expected);
    const changes: [string, number | null][] = [];
    for (const [index, { key: at, value }] of action.ops.entries()) {
      const name = keys[at] ?? "";
      const before = model.now.get(name);
      if (value === null && before === undefined) continue;
      if (before !== undefined) model.old.set(name, before.version);
      if (value === null) model.now.delete(name);
      else model.now.set(name, { value, version: result.versions[index] ?? "" });
      changes.push([name, value]);
    }
    if (changes.length > 0) model.log.push(changes);
    expect(result.revision).toBe(model.log.length);
    if (epoch !== null) model.epoch = epoch;
    if (idempotency !== null) {
      const until = nowMs + idempotencyMs;
      model.remembered.set(idempotency, { request, revision: result.revision, until });
    }
  } catch (error) {
    if (!isFault(error)) throw error;
    expect(error.code).toBe(expected);
  }
}

async function run(
  driver: StateDriver,
  clock: VirtualClock,
  todo: readonly Action[],
): Promise<void> {
  await using store = new StateStore(driver, { clock });
  const model = new Model();
  for (const action of todo) {
    if (action.kind === "advance") await clock.advance(action.ms);
    else if (action.kind === "commit") await commit(store, model, action, clock.now());
    else if (action.kind === "list") await list(store, model, action);
    else await watch(store, model, Math.max(0, model.log.length - action.back));
  }
  expect(await store.head()).toBe(model.log.length);
}

async function list(
  store: StateStore,
  model: Model,
  action: Action & { kind: "list" },
): Promise<void> {
  const [start, end] = [keys[action.from] ?? "", keys[action.to] ?? ""];
  const inRange = [...model.now.keys()]
    .filter((name) => compare(name, start) >= 0 && compare(name, end) < 0)
    .sort(compare);
  const { entries } = await store.list({ start, end, reverse: action.reverse });
  const seen = entries.map((entry) => Buffer.from(entry.key).toString());
  expect(seen).toEqual(action.reverse ? inRange.reverse() : inRange);
  for (const entry of entries) {
    const known = model.now.get(Buffer.from(entry.key).toString());
    expect([entry.value[0], entry.version]).toEqual([known?.value, known?.version]);
  }
}

async function watch(store: StateStore, model: Model, after: number): Promise<void> {
  const commits: StateCommit[] = [];
  if (after === model.log.length) return;
  for await (const each of store.watch({ after })) {
    commits.push(each);
    if (each.revision === model.log.length) break;
  }
  const seen = commits.map(({ changes }) =>
    changes.map(({ key: name, entry }) => [Buffer.from(name).toString(), entry?.value[0] ?? null]),
  );
  expect(seen).toEqual(model.log.slice(after));
}

function compare(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

test("any sequence of commits, listings and watches on state-memory does what the model does", async () => {
  const property = fc.asyncProperty(actions, async (todo) => {
    const clock = new VirtualClock();
    await run(await openMemoryState({ clock, limits: { idempotencyMs } }), clock, todo);
  });
  await fc.assert(property, { numRuns: 300 });
});

test("any sequence of commits, listings and watches on state-sqlite does what the model does", async () => {
  const property = fc.asyncProperty(actions, async (todo) => {
    using folder = openScratchFolder();
    const clock = new VirtualClock();
    const path = join(folder.path, "state.db");
    await run(await openSqliteState({ path, clock, limits: { idempotencyMs } }), clock, todo);
  });
  await fc.assert(property, { numRuns: 60 });
});

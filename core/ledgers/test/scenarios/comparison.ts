import assert from "node:assert";
import type { Digest } from "@bedplate/codec";
import type { StateReader } from "@bedplate/environment";
import { bytesOf, compareNames, nameOf } from "../../src/byte-name.ts";
import {
  accessListDigest,
  type BaseState,
  type DeclaredAccess,
  type KeyChange,
  type Lane,
  type NodeReader,
  radixCommitment,
  type Scheduler,
  type StateCommitment,
  schedulers,
  type Transaction,
} from "../../src/index.ts";
import type { BatchContext } from "../../src/schedule/batch-context.ts";
import { LedgerLane } from "../../src/schedule/ledger-lane.ts";
import { OneAtATime } from "../../src/schedule/one-at-a-time.ts";
import type { Framing } from "../../src/seal/batch-frames.ts";
import { executeBatch } from "../../src/seal/execute-batch.ts";
import type { BatchEffects } from "../../src/store/batch-writer.ts";
import type { Rig } from "../rig.ts";
import type { Dice } from "./random-batches.ts";

/** A state and its commitment in memory. */
export class MemoryBase implements BaseState, NodeReader {
  readonly entries: Map<string, Uint8Array> = new Map<string, Uint8Array>();
  readonly nodes: Map<string, Uint8Array> = new Map<string, Uint8Array>();
  readonly commitment: StateCommitment;
  root: string;
  #resident = new Set<string>();

  constructor(commitment: StateCommitment = radixCommitment) {
    this.commitment = commitment;
    this.root = commitment.emptyRoot;
  }

  peek(name: string): Uint8Array | null | undefined {
    return this.#resident.has(name) ? (this.entries.get(name) ?? null) : undefined;
  }

  async load(names: readonly string[]): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve));
    for (const name of names) this.#resident.add(name);
  }

  async get(key: Uint8Array): Promise<Uint8Array | null> {
    return this.nodes.get(nameOf(key)) ?? null;
  }

  async apply({ batch, changes }: BatchEffects): Promise<void> {
    for (const [map, list] of [
      [this.entries, changes.state],
      [this.nodes, changes.node],
    ] as const) {
      for (const { key, value } of list) {
        if (value === null) map.delete(nameOf(key));
        else map.set(nameOf(key), value);
      }
    }
    this.root = batch.root;
    this.forget();
  }

  /** Nothing is at hand any more. */
  forget(): void {
    this.#resident = new Set();
  }
}

interface ComparisonOptions {
  readonly slot: string;
  readonly state: MemoryBase;
  readonly dice: Dice;
  readonly number: number;
  readonly transactions: readonly Transaction[];
  /** The artifact whose entries open and close the batch. */
  readonly framed?: Digest | undefined;
}

/** One batch under every scheduler, with lanes that end in any order. */
export class Comparison {
  readonly #rig: Rig;
  readonly #options: ComparisonOptions;
  readonly #context: BatchContext;

  constructor(rig: Rig, options: ComparisonOptions) {
    this.#rig = rig;
    this.#options = options;
    const { number, state } = options;
    this.#context = { number, parent: state.root, at: 1_700_000_000_000 + number };
  }

  async compare(what: string): Promise<{
    readonly serial: BatchEffects;
    readonly repeated: number;
    readonly hasLied: boolean;
  }> {
    const serial = await this.#execute(schedulers.serial, this.#options.transactions);
    let repeated = 0;
    const counting: Scheduler = async (batch) => {
      const scheduled = await schedulers.optimistic(batch);
      repeated += scheduled.repeated;
      return scheduled;
    };
    demandSame(
      serial,
      await this.#execute(counting, this.#options.transactions),
      `${what}, optimistic`,
    );
    const { transactions } = this.#options;
    const declared = withAccess(transactions, accessOf(serial, transactions.length));
    const listed = await this.#execute(schedulers["access-list"], declared);
    demandSame(serial, listed, `${what}, access list`);
    const generous = this.#generous(declared);
    demandSame(
      serial,
      await this.#execute(schedulers["access-list"], generous),
      `${what}, generous list`,
    );
    const lying = this.#lies(declared);
    demandSame(serial, await this.#execute(schedulers["access-list"], lying), `${what}, lies`);
    return { serial, repeated, hasLied: lying !== declared };
  }

  /** Declares more than is touched: what others touch, and a transaction that declares nothing. */
  #generous(declared: readonly Transaction[]): readonly Transaction[] {
    const { dice } = this.#options;
    const others = declared.flatMap((each) => each.access?.writes ?? []);
    return declared.map((each) => {
      const { access, ...silent } = each;
      if (access === undefined || dice.below(12) === 0) return silent;
      const extra = others[dice.below(Math.max(1, others.length))];
      if (extra === undefined || dice.below(2) === 0) return each;
      return { ...each, access: { ...access, writes: [...access.writes, extra] } };
    });
  }

  /** One declared key less, somewhere. */
  #lies(declared: readonly Transaction[]): readonly Transaction[] {
    const { dice } = this.#options;
    const at = dice.below(declared.length);
    const access = declared[at]?.access;
    if (access === undefined || access.writes.length === 0) return declared;
    const missing = dice.below(access.writes.length);
    const writes = access.writes.filter((_, n) => n !== missing);
    return declared.map((each, n) =>
      n === at ? { ...each, access: { ...access, writes } } : each,
    );
  }

  async #execute(
    scheduler: Scheduler,
    transactions: readonly Transaction[],
  ): Promise<BatchEffects> {
    const { slot, state, dice, number, framed } = this.#options;
    state.forget();
    using use = this.#rig.registry.slots.use(slot);
    const signal = new AbortController().signal;
    const creating = new OneAtATime();
    const lanes = Array.from(
      { length: 1 + dice.below(4) },
      () =>
        new LedgerLane(this.#rig.modules, {
          use,
          transactions,
          context: this.#context,
          signal,
          creating,
        }),
    );
    const [first, ...rest] = lanes.map((lane) => restless(lane, dice));
    const [framing] = framed === undefined ? [] : lanes.map((lane) => framingOf(framed, lane));
    assert(first !== undefined);
    try {
      return await executeBatch({
        transactions,
        context: this.#context,
        serial: number,
        base: state,
        lanes: [first, ...rest],
        scheduler,
        commitment: state.commitment,
        framing,
        dropsRefused: framing !== undefined,
        signal,
      });
    } finally {
      for (const lane of lanes) await lane[Symbol.asyncDispose]();
    }
  }
}

/** The entries that open and close a batch of an artifact, as a chain's are named. */
export function framingOf(artifact: Digest, lane: LedgerLane): Framing {
  const frame = { artifact, opens: "open-batch", closes: "close-batch" };
  return { artifacts: [frame], run: (run) => lane.frame(run) };
}

/** A lane that begins and ends when chance has it. */
function restless(lane: Lane, dice: Dice): Lane {
  const rest = async () => {
    for (let left = dice.below(4); left > 0; left--) {
      await new Promise((resolve) => setImmediate(resolve));
    }
  };
  return {
    execute: async (index: number, reads: StateReader) => {
      await rest();
      const execution = await lane.execute(index, reads);
      await rest();
      return execution;
    },
  };
}

function demandSame(serial: BatchEffects, other: BatchEffects, what: string): void {
  assert.deepEqual(other.receipts, serial.receipts, `receipts of ${what}`);
  assert.equal(other.batch.root, serial.batch.root, `root of ${what}`);
  assert.equal(accessListDigest(other.accessList), accessListDigest(serial.accessList), what);
  assert.deepEqual(other.batch, serial.batch, what);
  assert.deepEqual(other.changes, serial.changes, what);
}

/** What each transaction touched, from the list that a batch left. */
export function accessOf({ accessList }: BatchEffects, count: number): readonly DeclaredAccess[] {
  const access = Array.from({ length: count }, () => ({
    reads: [] as Uint8Array[],
    writes: [] as Uint8Array[],
  }));
  for (const { key, reads, writes } of accessList) {
    for (const index of reads) access[index]?.reads.push(key);
    for (const { index } of writes) access[index]?.writes.push(key);
  }
  return access;
}

export function withAccess(
  transactions: readonly Transaction[],
  access: readonly DeclaredAccess[],
): readonly Transaction[] {
  return transactions.map((each, n) => ({ ...each, access: access[n] }) as Transaction);
}

/** The root of the state, as if all of it had come at once. */
export async function rootFromNothing({ entries, commitment }: MemoryBase): Promise<string> {
  const changes: KeyChange[] = [...entries]
    .sort(([a], [b]) => compareNames(a, b))
    .map(([name, value]) => ({ key: bytesOf(name), value }));
  const nodes = { get: async () => null };
  return (await commitment.update({ root: commitment.emptyRoot, changes, nodes })).root;
}

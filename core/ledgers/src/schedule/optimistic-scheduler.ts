import { isSameValue } from "../byte-name.ts";
import { ConflictGauge } from "./conflict-gauge.ts";
import {
  ExecutionFault,
  type Lane,
  type ScheduledBatch,
  type ScheduledEffects,
  type TransactionEffect,
} from "./scheduler.ts";
import { TransactionReads } from "./transaction-reads.ts";
import { VersionedMemory } from "./versioned-memory.ts";

/**
 * Executes ahead on what earlier transactions wrote so far, and repeats what read something else than
 * it would have read in order (Block-STM, Gelashvili et al. 2022, arXiv:2203.06871).
 *
 * One thread coordinates, so there are no races here: lanes execute at once, and each end is worked on
 * alone. Reads are compared by value, which is enough because an execution is a function of what it
 * reads. A transaction whose writes are being repeated serves as an estimate: its old values may be
 * read, and whoever is known to depend on them waits.
 */
export function runOptimistically(batch: ScheduledBatch): Promise<ScheduledEffects> {
  return new OptimisticRun(batch).run();
}

/** Transactions that may be begun beyond the first that does not hold yet, per lane. */
const aheadPerLane = 8;

type Status = "ready" | "running" | "executed";

class OptimisticRun {
  readonly #batch: ScheduledBatch;
  readonly #memory = new VersionedMemory();
  readonly #gauge = new ConflictGauge();
  readonly #status: Status[];
  readonly #effects: TransactionEffect[] = [];
  /** Executed transactions by the names of keys that they read. */
  readonly #readers = new Map<string, Set<number>>();
  /** Failed while it was ahead: its failure counts only when it is repeated in order. */
  readonly #inOrderOnly = new Set<number>();
  readonly #idle: Lane[];
  readonly #running = new Set<Promise<void>>();
  /** All before this one hold. */
  #settled = 0;
  #repeated = 0;
  #failure: { readonly error: unknown } | undefined;

  constructor(batch: ScheduledBatch) {
    this.#batch = batch;
    this.#status = new Array<Status>(batch.count).fill("ready");
    this.#idle = [...batch.lanes];
  }

  async run(): Promise<ScheduledEffects> {
    while (this.#settled < this.#batch.count) {
      if (this.#failure === undefined) this.#beginMore();
      if (this.#running.size === 0) break;
      await Promise.race(this.#running);
    }
    if (this.#failure !== undefined) throw this.#failure.error;
    return { effects: this.#effects, repeated: this.#repeated };
  }

  #beginMore(): void {
    if (this.#batch.signal.aborted) {
      this.#failure = { error: this.#batch.signal.reason };
      return;
    }
    for (;;) {
      const index = this.#next();
      const lane = index === undefined ? undefined : this.#idle.pop();
      if (index === undefined || lane === undefined) return;
      this.#begin(index, lane);
    }
  }

  /** The first transaction that it makes sense to begin now. */
  #next(): number | undefined {
    const first = this.#settled;
    if (this.#status[first] === "ready") return first;
    if (!this.#gauge.isAhead) return undefined;
    const end = Math.min(this.#batch.count, first + aheadPerLane * this.#batch.lanes.length);
    for (let index = first + 1; index < end; index++) {
      if (this.#status[index] === "ready" && this.#mayBegin(index)) return index;
    }
    return undefined;
  }

  #mayBegin(index: number): boolean {
    if (this.#inOrderOnly.has(index)) return false;
    const known = this.#effects[index];
    if (known === undefined) return true;
    for (const name of known.reads.keys()) {
      const writer = this.#memory.writerBefore(name, index);
      if (writer !== undefined && this.#status[writer] !== "executed") return false;
    }
    return true;
  }

  #begin(index: number, lane: Lane): void {
    this.#status[index] = "running";
    const isInOrder = index === this.#settled;
    const work = this.#execute(index, { lane, isInOrder }).finally(() => {
      this.#running.delete(work);
      this.#idle.push(lane);
    });
    this.#running.add(work);
  }

  async #execute(
    index: number,
    { lane, isInOrder }: { readonly lane: Lane; readonly isInOrder: boolean },
  ): Promise<void> {
    const reads = new TransactionReads(this.#memory.before(index, this.#batch.base));
    try {
      const execution = await lane.execute(index, reads);
      this.#accept(index, { execution, reads: reads.seen });
    } catch (error) {
      this.#status[index] = "ready";
      this.#inOrderOnly.add(index);
      if (isInOrder) this.#failure ??= { error: new ExecutionFault(index, { cause: error }) };
      else this.#repeated++;
    }
  }

  #accept(index: number, effect: TransactionEffect): void {
    if (!this.#holds(index, effect)) {
      this.#status[index] = "ready";
      this.#repeat();
      return;
    }
    this.#effects[index] = effect;
    this.#status[index] = "executed";
    for (const name of effect.reads.keys()) this.#readersOf(name).add(index);
    for (const name of this.#memory.put(index, effect.execution)) {
      this.#recheckReaders(name, index);
    }
    while (this.#status[this.#settled] === "executed") {
      this.#settled++;
      this.#gauge.settled();
    }
  }

  /** True when in order the transaction would have read the same, as far as is known now. */
  #holds(index: number, { reads }: TransactionEffect): boolean {
    for (const [name, value] of reads) {
      if (!isSameValue(this.#visible(name, index), value)) return false;
    }
    return true;
  }

  #visible(name: string, index: number): Uint8Array | null {
    return this.#memory.before(index, this.#batch.base).peek(name) ?? null;
  }

  #recheckReaders(name: string, writer: number): void {
    const readers = this.#readers.get(name);
    for (const reader of readers ?? []) {
      if (reader <= writer) continue;
      const effect = this.#effects[reader];
      const seen = effect?.reads.get(name);
      if (seen !== undefined && isSameValue(this.#visible(name, reader), seen)) continue;
      for (const each of effect?.reads.keys() ?? []) this.#readers.get(each)?.delete(reader);
      this.#status[reader] = "ready";
      this.#repeat();
    }
  }

  #repeat(): void {
    this.#repeated++;
    this.#gauge.conflicted();
  }

  #readersOf(name: string): Set<number> {
    const found = this.#readers.get(name) ?? new Set();
    this.#readers.set(name, found);
    return found;
  }
}

import { nameOf } from "../byte-name.ts";
import type { DeclaredAccess } from "../transaction.ts";
import type { Lane, ScheduledBatch, ScheduledEffects, TransactionEffect } from "./scheduler.ts";
import { runSerially } from "./serial-scheduler.ts";
import { preload, TransactionReads } from "./transaction-reads.ts";
import { VersionedMemory } from "./versioned-memory.ts";

/**
 * Executes at once what by its declarations touches different keys, and in order the rest. A
 * transaction that declares nothing is executed alone. When an execution touched what it did not
 * declare, nothing of the batch counts, and it is executed serially.
 */
export async function runByAccessList(batch: ScheduledBatch): Promise<ScheduledEffects> {
  const run = new AccessListRun(batch);
  const effects = await run.run();
  if (effects !== undefined) return { effects, repeated: 0 };
  const { effects: serial } = await runSerially(batch);
  return { effects: serial, repeated: run.executed };
}

/** Names of keys that a transaction says it reads or writes, and those that it says it writes. */
interface Declared {
  readonly touched: ReadonlySet<string>;
  readonly written: ReadonlySet<string>;
}

class AccessListRun {
  readonly #batch: ScheduledBatch;
  readonly #memory = new VersionedMemory();
  readonly #declared: readonly (Declared | undefined)[];
  readonly #effects: TransactionEffect[] = [];
  readonly #waitsFor: number[];
  readonly #followers: number[][];
  readonly #ready: number[] = [];
  readonly #running = new Set<Promise<void>>();
  readonly #idle: Lane[];
  /** Names of keys that were credited: nobody needs to say so, as long as nobody reads or writes them. */
  readonly #credited = new Set<string>();
  #isBroken = false;
  executed = 0;

  constructor(batch: ScheduledBatch) {
    const { count, accessOf, lanes } = batch;
    this.#batch = batch;
    this.#declared = Array.from({ length: count }, (_, index) => readDeclared(accessOf(index)));
    this.#waitsFor = new Array<number>(count).fill(0);
    this.#followers = Array.from({ length: count }, () => []);
    this.#idle = [...lanes];
  }

  /** Undefined when a declaration was wrong, or a failure may come of one. */
  async run(): Promise<readonly TransactionEffect[] | undefined> {
    this.#link();
    await this.#preload();
    while (this.executed < this.#batch.count) {
      if (!this.#isBroken) this.#beginMore();
      if (this.#running.size === 0) break;
      await Promise.race(this.#running);
    }
    this.#batch.signal.throwIfAborted();
    return this.#isBroken || this.#isCreditTouched() ? undefined : this.#effects;
  }

  #isCreditTouched(): boolean {
    if (this.#credited.size === 0) return false;
    return this.#effects.some(
      ({ reads, execution }) =>
        hasAny(this.#credited, reads.keys()) ||
        execution.writes.some(({ key }) => this.#credited.has(nameOf(key))),
    );
  }

  /**
   * Each transaction waits for the last earlier one that writes what it touches; that one waited for
   * the writers before it.
   */
  #link(): void {
    const writers = new Map<string, number>();
    let alone = -1;
    for (const [index, declared] of this.#declared.entries()) {
      const before = new Set<number>();
      if (declared === undefined) {
        for (let each = Math.max(alone, 0); each < index; each++) before.add(each);
        alone = index;
      } else {
        if (alone >= 0) before.add(alone);
        for (const name of declared.touched) before.add(writers.get(name) ?? -1);
        for (const name of declared.written) writers.set(name, index);
        before.delete(-1);
      }
      for (const each of before) this.#followers[each]?.push(index);
      this.#waitsFor[index] = before.size;
      if (before.size === 0) this.#ready.push(index);
    }
  }

  async #preload(): Promise<void> {
    const { accessOf, base, count } = this.#batch;
    const keys = Array.from({ length: count }, (_, index) => accessOf(index)?.reads ?? []);
    await preload(base, keys.flat());
  }

  #beginMore(): void {
    if (this.#batch.signal.aborted) this.#isBroken = true;
    while (!this.#isBroken && this.#idle.length > 0) {
      const index = this.#ready.shift();
      const lane = index === undefined ? undefined : this.#idle.pop();
      if (index === undefined || lane === undefined) return;
      const work = this.#execute(index, lane).finally(() => {
        this.#running.delete(work);
        this.#idle.push(lane);
      });
      this.#running.add(work);
    }
  }

  async #execute(index: number, lane: Lane): Promise<void> {
    const reads = new TransactionReads(this.#memory.before(index, this.#batch.base));
    try {
      const execution = await lane.execute(index, reads);
      this.#accept(index, { execution, reads: reads.seen });
    } catch {
      // It may come of a wrong declaration; in order it shows whether it does not.
      this.#isBroken = true;
    }
  }

  #accept(index: number, effect: TransactionEffect): void {
    this.executed++;
    if (!isHonest(this.#declared[index], effect)) {
      this.#isBroken = true;
      return;
    }
    this.#effects[index] = effect;
    for (const { key } of effect.execution.credits ?? []) this.#credited.add(nameOf(key));
    this.#memory.put(index, effect.execution);
    for (const follower of this.#followers[index] ?? []) {
      const left = (this.#waitsFor[follower] ?? 0) - 1;
      this.#waitsFor[follower] = left;
      if (left === 0) this.#ready.push(follower);
    }
  }
}

function hasAny(names: ReadonlySet<string>, some: Iterable<string>): boolean {
  for (const name of some) if (names.has(name)) return true;
  return false;
}

function readDeclared(access: DeclaredAccess | undefined): Declared | undefined {
  if (access === undefined) return undefined;
  const written = new Set(access.writes.map(nameOf));
  return { written, touched: new Set([...access.reads.map(nameOf), ...written]) };
}

function isHonest(
  declared: Declared | undefined,
  { reads, execution }: TransactionEffect,
): boolean {
  if (declared === undefined) return true;
  for (const name of reads.keys()) if (!declared.touched.has(name)) return false;
  return execution.writes.every(({ key }) => declared.written.has(nameOf(key)));
}

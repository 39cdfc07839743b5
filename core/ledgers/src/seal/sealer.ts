import type { Digest } from "@bedplate/codec";
import type { BatchEntries } from "@bedplate/environment";
import { isFault, toFault } from "@bedplate/errors";
import type { ReleaseUse } from "@bedplate/registry";
import { Admissions } from "@bedplate/runs";
import type { StoredDocument } from "@bedplate/state";
import { count, recordSeconds, withSpan } from "@bedplate/telemetry";
import type { Batch } from "../batch.ts";
import { commitmentOf } from "../commitment/commitments.ts";
import { type Ledger, type LedgerHead, lastSerial } from "../ledger.ts";
import type { LedgersModules } from "../ledgers-modules.ts";
import { inTurn } from "../order/in-turn.ts";
import { orderPolicies } from "../order/order-policy.ts";
import type { BatchContext } from "../schedule/batch-context.ts";
import { LedgerLane } from "../schedule/ledger-lane.ts";
import { OneAtATime } from "../schedule/one-at-a-time.ts";
import { ExecutionFault, type FrameRun } from "../schedule/scheduler.ts";
import { schedulers } from "../schedule/schedulers.ts";
import { BaseReader } from "../store/base-reader.ts";
import { type BatchEffects, writeBatch } from "../store/batch-writer.ts";
import { fenceOf, type LedgerStore, type OpenedLedger } from "../store/ledger-store.ts";
import type { StateCaches } from "../store/state-cache.ts";
import { Sweeping } from "../store/sweeping.ts";
import { type EndedTransaction, endTransactions } from "../store/transaction-ends.ts";
import { VersionedState } from "../store/versioned-state.ts";
import type { Transaction } from "../transaction.ts";
import { Attempts, type Failure } from "./attempts.ts";
import { type FramedArtifact, FrameFault } from "./batch-frames.ts";
import { type ExecutedBatch, executeBatch } from "./execute-batch.ts";
import type { LedgerLease } from "./ledger-lease.ts";
import { Postponed } from "./postponed.ts";
import type { Waiting } from "./waiting.ts";

/** A ledger that is being written, under a lease. */
export interface SealOptions extends OpenedLedger {
  readonly lease: LedgerLease;
  readonly signal: AbortSignal;
}

type Head = StoredDocument<LedgerHead>;

/** How long a transaction waits for what has to come before it. */
const earlyMsMax = 3 * 60 * 60 * 1_000;
/** Old batches that are dropped after one that was sealed. */
const prunesPerSeal = 2;

/** Makes batches of what waits: orders, executes, commits. */
export class Sealer {
  readonly #modules: LedgersModules;
  readonly #store: LedgerStore;
  readonly #waiting: Waiting;
  readonly #sweeping: Sweeping;
  readonly #caches: StateCaches;
  readonly #attempts = new Attempts();
  readonly #postponed: Postponed;
  /** Ledgers of which only postponed transactions wait, and until when. */
  readonly #idle = new Map<string, number>();
  readonly #admissions: Admissions;

  constructor(
    modules: LedgersModules,
    parts: {
      readonly store: LedgerStore;
      readonly waiting: Waiting;
      readonly caches: StateCaches;
    },
  ) {
    this.#modules = modules;
    this.#store = parts.store;
    this.#waiting = parts.waiting;
    this.#caches = parts.caches;
    this.#sweeping = new Sweeping(parts.store);
    this.#postponed = new Postponed(modules.clock);
    this.#admissions = new Admissions(() => modules.clock.now());
  }

  /** The next batch; null when nothing waits. */
  seal(options: SealOptions): Promise<Batch | null> {
    const fields = { "bedplate.ledger": options.ledger.id };
    return withSpan("ledger.seal", fields, () => this.#seal(options));
  }

  /** Until when all that waited at the last seal is postponed; undefined where it was not. */
  idleUntil(ledger: string): number | undefined {
    return this.#idle.get(ledger);
  }

  /** Clears up what writers that died or a rollback left, so that the next batch may come. */
  prepare({ ledger, head, lease }: SealOptions): Promise<Head> {
    const now = this.#modules.clock.now();
    return this.#sweeping.prepare({ ledger, head, epoch: lease.epoch, now });
  }

  /** The state before the next batch. */
  base(ledger: Ledger, head: LedgerHead): BaseReader {
    const versions = new VersionedState(this.#store.state, ledger.id);
    return new BaseReader(versions, { cache: this.#caches.of(ledger.id), serial: head.serial });
  }

  /** Writes what was executed, and remembers it. */
  async write(options: SealOptions, effects: BatchEffects): Promise<Head> {
    const { ledger, head, lease } = options;
    const next = nextHead(ledger, head.document, effects.batch);
    const { epoch } = lease;
    const written = await writeBatch(this.#store, { ledger, head, epoch, effects, next });
    const serials = { from: head.document.serial, to: effects.batch.serial };
    this.#caches.of(ledger.id).advance(serials, effects.changes);
    return written;
  }

  async #seal(options: SealOptions): Promise<Batch | null> {
    const { ledger } = options;
    const startedMs = this.#modules.clock.monotonic();
    const prepared = { ...options, head: await this.prepare(options) };
    for (;;) {
      const picked = await this.#pick(ledger);
      if (picked.length === 0) return null;
      const effects = await this.#execute(prepared, picked);
      for (const each of effects.early) this.#postponed.postpone(each);
      // What is in no batch is picked no more: others may wait behind it.
      if (effects.receipts.length > 0) return this.#apply(prepared, { picked, effects, startedMs });
      await this.#drop(options, effects);
    }
  }

  async #apply(
    options: SealOptions,
    made: {
      readonly picked: readonly Transaction[];
      readonly effects: ExecutedBatch;
      readonly startedMs: number;
    },
  ): Promise<Batch> {
    const { picked, effects, startedMs } = made;
    const written = await this.write(options, effects);
    await this.#drop(options, effects);
    this.#settled(picked, effects);
    await this.#prune({ ...options, head: written });
    const labels = { slot: options.ledger.slot };
    count("bedplate_ledger_transactions_total", effects.receipts.length, labels);
    const seconds = (this.#modules.clock.monotonic() - startedMs) / 1000;
    recordSeconds("bedplate_ledger_batch_seconds", seconds, labels);
    return effects.batch;
  }

  async #pick(ledger: Ledger): Promise<readonly Transaction[]> {
    const { clock, limits } = this.#modules;
    const all = await this.#waiting.list(ledger.id);
    const waiting = all.filter(({ id }) => !this.#postponed.isPaused(id));
    if (waiting.length > 0 || all.length === 0) this.#idle.delete(ledger.id);
    else this.#idle.set(ledger.id, this.#postponed.earliest(all.map(({ id }) => id)));
    const { batchTransactionsMax: transactionsMax, batchFuelMax: fuelMax } = limits;
    const bounds = { transactionsMax, fuelMax };
    const ordered = orderPolicies[ledger.order]({ waiting, now: clock.now(), bounds });
    const picked = inTurn(ordered, { waiting, bounds });
    return this.#waiting.bodies(
      ledger.id,
      picked.map(({ id }) => id),
    );
  }

  async #execute(
    options: SealOptions,
    transactions: readonly Transaction[],
  ): Promise<ExecutedBatch> {
    const { ledger, head, signal } = options;
    using use = this.#modules.registry.slots.use(ledger.slot);
    const { number, root, at } = head.document;
    const context = {
      number: number + 1,
      parent: root,
      // Time never goes back inside a ledger, whatever clocks of replicas say.
      at: Math.max(at, this.#modules.clock.now()),
    };
    await using lanes = this.#lanes({ use, transactions, context, signal });
    const { name, version, build } = use.release;
    const framing = {
      artifacts: await this.#framed(use, transactions),
      run: (run: FrameRun) => lanes.lanes[0].frame(run),
    };
    try {
      return await executeBatch({
        transactions,
        lanes: lanes.lanes,
        context,
        serial: lastSerial(head.document) + 1,
        release: { name, version, build },
        base: this.base(ledger, head.document),
        scheduler: schedulers[ledger.scheduler],
        commitment: commitmentOf(this.#modules, ledger.commitment),
        framing,
        dropsRefused: use.environment.manifest.declares.invoke?.checks ?? false,
        signal,
      });
    } catch (error) {
      const isOwn = error instanceof ExecutionFault || error instanceof FrameFault;
      if (isOwn) await this.#failed(options, { error, transactions });
      throw error;
    }
  }

  /** The artifacts of a batch that have something to open and close it, in the order in which they come. */
  async #framed(
    use: ReleaseUse,
    transactions: readonly Transaction[],
  ): Promise<readonly FramedArtifact[]> {
    const framed: FramedArtifact[] = [];
    for (const artifact of new Set(transactions.map((each) => each.artifact))) {
      const project = transactions.find((each) => each.artifact === artifact)?.project ?? "";
      const batch = await this.#frameOf(use, { artifact, principal: `project/${project}` });
      if (batch !== undefined) framed.push({ artifact, ...batch });
    }
    return framed;
  }

  /** What this release does not run has no frame: its transactions fail one by one. */
  async #frameOf(
    use: ReleaseUse,
    subject: { readonly artifact: Digest; readonly principal: string },
  ): Promise<BatchEntries | undefined> {
    try {
      return (await this.#admissions.of(use, subject)).batch;
    } catch (error) {
      if (isFault(error, "argument.invalid") || isFault(error, "resource.missing"))
        return undefined;
      throw error;
    }
  }

  #lanes(
    options: Pick<SealOptions, "signal"> & {
      readonly use: ReleaseUse;
      readonly transactions: readonly Transaction[];
      readonly context: BatchContext;
    },
  ): AsyncDisposable & { readonly lanes: readonly [LedgerLane, ...LedgerLane[]] } {
    const more = Math.min(this.#modules.limits.lanes, options.transactions.length) - 1;
    const creating = new OneAtATime();
    const open = () => new LedgerLane(this.#modules, { ...options, creating });
    const lanes: [LedgerLane, ...LedgerLane[]] = [open()];
    for (let n = 0; n < more; n++) lanes.push(open());
    const end = async () => {
      await Promise.all(lanes.map((lane) => lane[Symbol.asyncDispose]()));
    };
    return { lanes, [Symbol.asyncDispose]: end };
  }

  /** What the platform fails at again and again must not stop those behind it. */
  async #failed(
    { ledger, lease, signal }: SealOptions,
    failure: { readonly error: Failure; readonly transactions: readonly Transaction[] },
  ): Promise<void> {
    const { error } = failure;
    if (signal.aborted) return;
    const ended = this.#attempts.failed(ledger.id, failure);
    const fault = toFault(error.cause, "ledgers.execute");
    const what = "artifact" in error ? error.artifact : failure.transactions[error.index]?.id;
    const fields = { ledger: ledger.id, what: what ?? "", reason: fault.code };
    this.#modules.log.warn("not executed", { ...fields, givenUp: ended.length });
    if (ended.length === 0) return;
    const end = { kind: "failed", fault, at: this.#modules.clock.now() } as const;
    await this.#end(
      { ledger, lease },
      ended.map((id) => ({ id, end })),
    );
  }

  /** What cannot be in a batch as things are ends, with a record of why. */
  async #drop({ ledger, lease }: SealOptions, { dropped, early }: ExecutedBatch): Promise<void> {
    const at = this.#modules.clock.now();
    const over = early
      .filter(({ submittedAt }) => at - submittedAt > earlyMsMax)
      .map(({ id }) => ({ id, reason: "what it waited for did not come" }));
    const ended = [...dropped, ...over].map(({ id, reason }) => ({
      id,
      end: { kind: "dropped", reason, at } as const,
    }));
    await this.#end({ ledger, lease }, ended);
  }

  async #end(
    { ledger, lease }: Pick<SealOptions, "ledger" | "lease">,
    transactions: readonly EndedTransaction[],
  ): Promise<void> {
    const ended = transactions.map(({ id, end }) => ({ id: `${ledger.id}/${id}`, end }));
    const fence = fenceOf(ledger.id, lease.epoch);
    await endTransactions(this.#store.state, { ended, fence });
    for (const { id } of transactions) this.#postponed.forget(id);
  }

  #settled(picked: readonly Transaction[], { receipts }: ExecutedBatch): void {
    const ids = new Set(receipts.map(({ transaction }) => transaction));
    this.#postponed.moved(picked.filter(({ id }) => ids.has(id)));
  }

  async #prune(options: SealOptions): Promise<void> {
    const { ledger, lease } = options;
    const now = this.#modules.clock.now();
    let { head } = options;
    for (let n = 0; n < prunesPerSeal; n++) {
      head = await this.#sweeping.prune({ ledger, head, epoch: lease.epoch, now });
    }
  }
}

function nextHead(ledger: Ledger, before: LedgerHead, batch: Batch): LedgerHead {
  const { number, serial, root, at } = batch;
  const oldest = Math.max(before.oldest, number - ledger.retainBatches);
  return { number, serial, root, at, dirtyUpTo: serial, oldest, pruned: before.pruned };
}

import {
  type Budget,
  type Executed,
  type Instance,
  isReplayable,
  type KeyedCall,
  newCall,
  type Outcome,
  type StateReader,
} from "@bedplate/environment";
import { isFault, raise } from "@bedplate/errors";
import type { ReleaseUse } from "@bedplate/registry";
import { frameFuelMax, ledgerLimits, transactionWallMs } from "../ledger-limits.ts";
import type { LedgersModules } from "../ledgers-modules.ts";
import type { Transaction } from "../transaction.ts";
import { type BatchContext, preOf, seedOf } from "./batch-context.ts";
import type { OneAtATime } from "./one-at-a-time.ts";
import type { FrameRun, Lane, TransactionExecution } from "./scheduler.ts";

/** Instances that a lane keeps, one per artifact; the one that was not used longest goes. */
const instancesMax = 32;
/** How long preparing and ending an instance may take, beyond a transaction's own wall time. */
const overheadMs = 60_000;

interface LaneOptions {
  readonly use: ReleaseUse;
  readonly transactions: readonly Transaction[];
  readonly context: BatchContext;
  readonly signal: AbortSignal;
  /** The places of the transactions in their batch, where they are not one behind the other from 0. */
  readonly places?: readonly number[] | undefined;
  /** Shared by the lanes of a batch: where each of them has an instance, the next one goes elsewhere. */
  readonly creating: OneAtATime;
}

/** Executes transactions on instances of its own, of one release. Dispose it when the batch is over. */
export class LedgerLane implements Lane, AsyncDisposable {
  readonly #modules: Pick<LedgersModules, "clock" | "random">;
  readonly #options: LaneOptions;
  readonly #instances = new Map<string, Instance>();

  constructor(modules: Pick<LedgersModules, "clock" | "random">, options: LaneOptions) {
    this.#modules = modules;
    this.#options = options;
  }

  async execute(index: number, reads: StateReader): Promise<TransactionExecution> {
    const transaction = this.#options.transactions[index];
    if (transaction === undefined) throw new RangeError(`No transaction at ${index}`);
    const place = this.#options.places?.[index] ?? index;
    return this.#execute({ transaction, index: place, reads });
  }

  /** Executes what opens or closes the batch of an artifact: no transaction of anybody. */
  frame({ step, reads, ...rest }: FrameRun): Promise<TransactionExecution> {
    const index = step === "opens" ? openingPlace : closingPlace;
    const [any] = this.#options.transactions;
    const plain = { sender: "", priority: 0, gasPrice: 0, submittedAt: 0 };
    const budget = this.#frameBudget();
    const transaction = { id: step, project: any?.project ?? "", budget, ...plain, ...rest };
    return this.#execute({ transaction, index, reads });
  }

  #frameBudget(): Budget {
    const { invoke } = this.#options.use.environment.manifest.declares;
    const hasFuel = invoke?.meters.includes("fuel") ?? false;
    return { wallMs: transactionWallMs, ...(hasFuel && { fuel: frameFuelMax }) };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const artifact of [...this.#instances.keys()]) await this.#drop(artifact);
  }

  async #execute(work: LaneWork): Promise<TransactionExecution> {
    try {
      return bounded(await this.#invoke(await this.#instance(work.transaction), work));
    } catch (error) {
      await this.#drop(work.transaction.artifact);
      throw error;
    }
  }

  async #invoke(instance: Instance, work: LaneWork): Promise<Executed> {
    const { context } = this.#options;
    const { transaction, index, reads } = work;
    const executed = await instance.facet("invoke").run(
      {
        entry: transaction.entry,
        input: transaction.input,
        budget: transaction.budget,
        pre: preOf(context, index),
        reads,
        now: context.at,
        seed: seedOf(context, index),
      },
      this.#call(transaction),
    );
    if (!isReplayable(executed.outcome)) throw tooSlow(transaction);
    return executed;
  }

  async #instance(transaction: Transaction): Promise<Instance> {
    const { artifact } = transaction;
    const known = this.#instances.get(artifact);
    if (known !== undefined) {
      this.#instances.delete(artifact);
      this.#instances.set(artifact, known);
      return known;
    }
    const [oldest] = this.#instances.keys();
    if (this.#instances.size >= instancesMax && oldest !== undefined) await this.#drop(oldest);
    const call = this.#call(transaction);
    const spec = { artifact, config: {}, caps: {}, labels: {} };
    const { creating, use } = this.#options;
    const instance = await creating.run(() => use.environment.create(spec, call));
    this.#instances.set(artifact, instance);
    await instance.start(call);
    return instance;
  }

  async #drop(artifact: string): Promise<void> {
    const instance = this.#instances.get(artifact);
    if (instance === undefined) return;
    this.#instances.delete(artifact);
    const call = this.#call(undefined);
    try {
      if (instance.phase === "running") await instance.stop({ graceMs: 0 }, call);
      if (instance.phase !== "released") await instance.release(call);
    } catch (error) {
      if (!isFault(error)) throw error;
      instance.kill();
    }
  }

  #call(transaction: Transaction | undefined): KeyedCall {
    const { clock, random } = this.#modules;
    const chance = Buffer.from(random.bytes(9)).toString("base64url");
    return newCall({
      principal: transaction === undefined ? "ledgers" : `project/${transaction.project}`,
      key: `ledger/${chance}`,
      timeoutMs: transactionWallMs + overheadMs,
      now: () => clock.now(),
      // What ends a batch lets instances be freed all the same.
      ...(transaction !== undefined && { signal: this.#options.signal }),
    });
  }
}

interface LaneWork {
  readonly transaction: Transaction;
  /** Its place in the batch. */
  readonly index: number;
  readonly reads: StateReader;
}

/** Places that no transaction has. */
const openingPlace = -1;
const closingPlace = -2;

/** An execution as the ledger takes it: what exceeds its bounds is refused, and writes nothing. */
export function bounded(executed: Executed): TransactionExecution {
  const { outcome, usage, writes, credits = [], events, receipt } = executed;
  const plain = { fuel: usage.fuel, receipt };
  const excess = excessOf(executed);
  const effects = { writes, events, ...(credits.length > 0 && { credits }) };
  if (excess === undefined) return { ...plain, outcome: plainOutcome(outcome), ...effects };
  const nothing = { writes: [], events: [], isBeyondBounds: true } as const;
  return { ...plain, outcome: { kind: "refused", reason: excess }, ...nothing };
}

/** Only the members that a receipt holds. */
function plainOutcome(outcome: Outcome): Outcome {
  if (!("output" in outcome)) return outcome;
  const { kind, output, exitCode } = outcome;
  return { kind, output, ...(exitCode !== undefined && { exitCode }) };
}

function excessOf({ outcome, writes, credits = [], events }: Executed): string | undefined {
  const { keyBytesMax, valueBytesMax, writesMax, writeBytesMax, outputBytesMax, eventsMax } =
    ledgerLimits;
  if (writes.length + credits.length > writesMax) return `it writes more than ${writesMax} keys`;
  let bytes = 0;
  for (const { key, value } of writes) {
    if (key.length > keyBytesMax) return `it writes a key of more than ${keyBytesMax} bytes`;
    if ((value?.length ?? 0) > valueBytesMax)
      return `it writes a value of more than ${valueBytesMax} bytes`;
    bytes += key.length + (value?.length ?? 0);
  }
  for (const { key, amount } of credits) {
    if (key.length > keyBytesMax) return `it credits a key of more than ${keyBytesMax} bytes`;
    bytes += key.length + amount.length;
  }
  if (bytes > writeBytesMax) return `it writes more than ${writeBytesMax} bytes`;
  if (events.length > eventsMax) return `it makes more than ${eventsMax} events`;
  let told = "output" in outcome ? outcome.output.length : 0;
  for (const { topic, data } of events) told += Buffer.byteLength(topic) + data.length;
  if (told > 2 * outputBytesMax) return `it tells more than ${2 * outputBytesMax} bytes`;
  return undefined;
}

function tooSlow({ id }: Transaction): Error {
  return raise("deadline.exceeded", {
    op: "ledgers.execute",
    subject: `transaction/${id}`,
    detail: { afterMs: transactionWallMs },
    message: `Cannot execute transaction/${id}: it was stopped by time, not by its fuel`,
    effect: "none",
  });
}

import { type Digest, digestValue } from "@bedplate/codec";
import {
  type BatchClosing,
  type BatchEntries,
  type BatchOpening,
  type BatchTerms,
  batchTermsSchema,
} from "@bedplate/environment";
import { raise } from "@bedplate/errors";
import type { BatchContext } from "../schedule/batch-context.ts";
import type { FrameRun, TransactionExecution } from "../schedule/scheduler.ts";
import { TransactionReads } from "../schedule/transaction-reads.ts";
import type { WrittenState } from "../schedule/written-state.ts";

/** An artifact whose transactions in a batch belong together, and what opens and closes that. */
export interface FramedArtifact extends BatchEntries {
  readonly artifact: Digest;
}

/** The framed artifacts of a batch, in the order in which they first come, and what runs their frames. */
export interface Framing {
  readonly artifacts: readonly FramedArtifact[];
  run(run: FrameRun): Promise<TransactionExecution>;
}

/** What the transactions of one artifact that returned came to. */
export type FrameSum = Pick<BatchClosing, "fuel" | "runs">;

/** What opens or closes the batch of an artifact failed: no transaction of it can be in a batch. */
export class FrameFault extends Error {
  readonly artifact: Digest;

  constructor({ artifact, step }: Omit<FrameRun, "reads">, options: { readonly cause: unknown }) {
    super(`Cannot execute what ${step} the batch of ${artifact}`, options);
    this.artifact = artifact;
  }
}

/** Opens a batch before its transactions, and closes it behind them. */
export class BatchFrames {
  readonly #framing: Framing;
  readonly #context: BatchContext;
  readonly #receipts: Digest[] = [];
  readonly #fuelMax = new Map<Digest, number>();

  constructor(framing: Framing, context: BatchContext) {
    this.#framing = framing;
    this.#context = context;
  }

  /** Fuel that the transactions of an artifact may use together; no bound for what has no frame. */
  fuelMax(artifact: Digest): number {
    return this.#fuelMax.get(artifact) ?? Number.POSITIVE_INFINITY;
  }

  /** Digest of all that opened and closed the batch. */
  get digest(): Digest | undefined {
    const receipts = this.#receipts;
    return receipts.length === 0 ? undefined : digestValue(["ledger-frames", ...receipts]);
  }

  async open(written: WrittenState): Promise<void> {
    const { number, parent } = this.#context;
    const opening: BatchOpening = { number, root: parent };
    for (const { artifact, opens } of this.#framing.artifacts) {
      const run = { artifact, step: "opens", entry: opens, input: json(opening) } as const;
      const terms = await framed(run, async () => termsOf(await this.#run(run, written)));
      this.#fuelMax.set(artifact, terms.fuelMax);
    }
  }

  async close(written: WrittenState, sumOf: (artifact: Digest) => FrameSum): Promise<void> {
    for (const { artifact, closes } of this.#framing.artifacts) {
      const closing: BatchClosing = { number: this.#context.number, ...sumOf(artifact) };
      const run = { artifact, step: "closes", entry: closes, input: json(closing) } as const;
      await framed(run, () => this.#run(run, written));
    }
  }

  async #run(run: Omit<FrameRun, "reads">, written: WrittenState): Promise<Uint8Array> {
    const execution = await this.#framing.run({ ...run, reads: new TransactionReads(written) });
    const { outcome, receipt } = execution;
    if (outcome.kind !== "returned") throw broken(run, { what: `it ${outcome.kind}` });
    written.add(execution);
    this.#receipts.push(receipt);
    return outcome.output;
  }
}

async function framed<T>(run: Omit<FrameRun, "reads">, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    throw new FrameFault(run, { cause });
  }
}

function termsOf(output: Uint8Array): BatchTerms {
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(output).toString("utf8"));
  } catch (cause) {
    throw broken({ step: "opens" }, { what: "it does not say on what terms", cause });
  }
  return batchTermsSchema.parse(value, { what: "the terms of a batch", op: "ledgers.execute" });
}

function json(value: object): Uint8Array {
  return new Uint8Array(Buffer.from(JSON.stringify(value)));
}

function broken(
  { step }: Pick<FrameRun, "step">,
  { what, cause }: { readonly what: string; readonly cause?: unknown },
): Error {
  return raise("internal.bug", {
    op: "ledgers.execute",
    blame: "plugin",
    detail: { where: step },
    message: `Cannot execute the batch: of what ${step} it, ${what}`,
    ...(cause !== undefined && { cause }),
  });
}

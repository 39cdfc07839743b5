import { type Digest, digestBytes, digestValue } from "@bedplate/codec";
import type { GuestEvent, Outcome } from "@bedplate/environment";
import { defineSchema, type Schema, Type } from "@bedplate/schema";
import { compareNames, bytesOf as nameBytes } from "./byte-name.ts";
import type { BatchContext } from "./schedule/batch-context.ts";
import type { TransactionEffect } from "./schedule/scheduler.ts";
import { type Transaction, transactionDigest } from "./transaction.ts";

/** What one transaction did, and the hash of everything that determined it. */
export interface TransactionReceipt {
  readonly transaction: string;
  /** Its place in the order that was executed; what was dropped leaves a gap. */
  readonly index: number;
  readonly outcome: Outcome;
  readonly fuel: number;
  readonly events: readonly GuestEvent[];
  /** Fuel of the batch up to and with this transaction. */
  readonly cumulativeFuel?: number | undefined;
  /** Events of the batch before the first of this transaction. */
  readonly eventsBefore?: number | undefined;
  /** The receipt of the execution itself, as for a run. */
  readonly execution: Digest;
  /** Over the transaction, the batch that it is in, what it read, and all of the above. */
  readonly digest: Digest;
}

/** Makes the receipt of the transaction at `index` of a batch. */
export function receiptOf(
  transaction: Transaction,
  options: {
    readonly index: number;
    readonly effect: TransactionEffect;
    readonly context: BatchContext;
    /** What those before it in the batch came to. */
    readonly before: Pick<TransactionReceipt, "cumulativeFuel" | "eventsBefore">;
  },
): TransactionReceipt {
  const { index, effect, context } = options;
  const { outcome, fuel, events, writes, credits = [], receipt: execution } = effect.execution;
  const digest = digestValue([
    "ledger-receipt",
    transactionDigest(transaction),
    [context.parent, context.number, context.at, index],
    [...effect.reads]
      .sort(([a], [b]) => compareNames(a, b))
      .map(([name, value]) => [nameBytes(name), value && digestBytes(value)]),
    execution,
    outcomeParts(outcome),
    fuel,
    writes.map(({ key, value }) => [key, value && digestBytes(value)]),
    events.map(({ topic, data }) => [topic, data]),
    ...(credits.length === 0 ? [] : [credits.map(({ key, amount }) => [key, amount])]),
  ]);
  const did = { outcome, fuel, events, execution, digest };
  return { transaction: transaction.id, index, ...did, ...options.before };
}

/** Digest of all receipts of a batch. */
export function receiptsDigest(receipts: readonly TransactionReceipt[]): Digest {
  return digestValue(["ledger-receipts", ...receipts.map((each) => each.digest)]);
}

function outcomeParts(outcome: Outcome): (string | number | Uint8Array | null)[] {
  if ("output" in outcome) return [outcome.kind, outcome.output, outcome.exitCode ?? null];
  return [outcome.kind, outcome.kind === "exhausted" ? outcome.meter : outcome.reason];
}

const bytes = () => Type.Unsafe<Uint8Array>(Type.Unknown());

/** Receipts as they are stored: pieces of a batch, in order. */
export const receiptsSchema: Schema<readonly TransactionReceipt[]> = defineSchema(
  Type.Array(
    Type.Object(
      {
        transaction: Type.String(),
        index: Type.Integer(),
        outcome: Type.Unsafe<Outcome>(Type.Unknown()),
        fuel: Type.Integer(),
        events: Type.Array(Type.Object({ topic: Type.String(), data: bytes() })),
        cumulativeFuel: Type.Optional(Type.Integer()),
        eventsBefore: Type.Optional(Type.Integer()),
        execution: Type.Unsafe<Digest>(Type.String()),
        digest: Type.Unsafe<Digest>(Type.String()),
      },
      { additionalProperties: false },
    ),
  ),
);

import { type Digest, digestValue } from "@bedplate/codec";
import { type Budget, budgetSchema } from "@bedplate/environment";
import type { Fault } from "@bedplate/errors";
import { defineSchema, type Schema, Type } from "@bedplate/schema";
import { DocumentTable } from "@bedplate/state";

/** Keys that a transaction says it will read and write. */
export interface DeclaredAccess {
  readonly reads: readonly Uint8Array[];
  readonly writes: readonly Uint8Array[];
}

/** What a ledger executes, in one step or not at all. */
export interface Transaction {
  readonly id: string;
  readonly project: string;
  /** Who sends it, as the submitter says; batches are fair between senders. */
  readonly sender: string;
  readonly artifact: Digest;
  readonly entry: string;
  readonly input: Uint8Array;
  /** What policy granted when it was accepted. */
  readonly budget: Budget;
  /** 0 to 9, higher first. */
  readonly priority: number;
  readonly gasPrice: number;
  readonly access?: DeclaredAccess | undefined;
  /** The line that it stands in, and its place there. */
  readonly turn?: WaitingTurn | undefined;
  readonly submittedAt: number;
  /** The digest under which its idempotency key is known. */
  readonly once?: string | undefined;
}

/** Where a transaction stands among those that must come one after the other. */
export interface WaitingTurn {
  readonly line: string;
  readonly place: number;
}

/** How a transaction that is in no batch ended. */
export interface TransactionEnd {
  readonly kind: "failed" | "dropped" | "rolled-back";
  /** Why it could not be in a batch any more. */
  readonly reason?: string | undefined;
  /** Why the platform could not execute it. */
  readonly fault?: Fault | undefined;
  readonly at: number;
}

/** What the order of a batch is decided by. */
export interface WaitingSummary {
  readonly project: string;
  readonly sender: string;
  readonly priority: number;
  readonly gasPrice: number;
  readonly fuel: number;
  readonly at: number;
  readonly turn?: WaitingTurn | undefined;
}

/** Where a transaction lies: only a batch that is part of the ledger counts. */
export interface Placement {
  readonly serial: number;
  readonly number: number;
  readonly index: number;
}

/** An idempotency key of a ledger, and what it was used for. */
interface OnceRecord {
  readonly transaction: string;
  readonly request: string;
}

const closed = { additionalProperties: false } as const;
const bytes = () => Type.Unsafe<Uint8Array>(Type.Unknown());
const turn = () => Type.Object({ line: Type.String(), place: Type.Integer() }, closed);
const keys = () => Type.Array(bytes());

const transactionSchema: Schema<Transaction> = defineSchema(
  Type.Object(
    {
      id: Type.String(),
      project: Type.String(),
      sender: Type.String(),
      artifact: Type.Unsafe<Digest>(Type.String()),
      entry: Type.String(),
      input: bytes(),
      budget: Type.Unsafe<Budget>(budgetSchema.jsonSchema as object),
      priority: Type.Integer(),
      gasPrice: Type.Integer(),
      access: Type.Optional(Type.Object({ reads: keys(), writes: keys() }, closed)),
      turn: Type.Optional(turn()),
      submittedAt: Type.Integer(),
      once: Type.Optional(Type.String()),
    },
    closed,
  ),
);

export const transactionTable: DocumentTable<Transaction> = new DocumentTable({
  name: "tx",
  schema: transactionSchema,
  form: "cbor",
});

export const endTable: DocumentTable<TransactionEnd> = new DocumentTable({
  name: "end",
  schema: defineSchema(
    Type.Object(
      {
        kind: Type.Union([
          Type.Literal("failed"),
          Type.Literal("dropped"),
          Type.Literal("rolled-back"),
        ]),
        reason: Type.Optional(Type.String()),
        fault: Type.Optional(Type.Unsafe<Fault>(Type.Unknown())),
        at: Type.Number(),
      },
      closed,
    ),
  ),
});

export const waitingTable: DocumentTable<WaitingSummary> = new DocumentTable({
  name: "wait",
  schema: defineSchema(
    Type.Object(
      {
        project: Type.String(),
        sender: Type.String(),
        priority: Type.Integer(),
        gasPrice: Type.Integer(),
        fuel: Type.Integer(),
        at: Type.Number(),
        turn: Type.Optional(turn()),
      },
      closed,
    ),
  ),
});

export const placementTable: DocumentTable<Placement> = new DocumentTable({
  name: "placed",
  schema: defineSchema(
    Type.Object({ serial: Type.Integer(), number: Type.Integer(), index: Type.Integer() }, closed),
  ),
});

export const onceTable: DocumentTable<OnceRecord> = new DocumentTable({
  name: "once",
  schema: defineSchema(Type.Object({ transaction: Type.String(), request: Type.String() }, closed)),
});

/** Digest of what a transaction asks for; its id and the times are no part of it. */
export function transactionDigest(transaction: Transaction): Digest {
  const { sender, artifact, entry, input, budget, priority, gasPrice } = transaction;
  const bounds = [budget.fuel, budget.memoryBytes, budget.outputBytes, budget.depth];
  return digestValue([
    "transaction",
    sender,
    artifact,
    entry,
    input,
    bounds.map((each) => each ?? null),
    priority,
    gasPrice,
  ]);
}

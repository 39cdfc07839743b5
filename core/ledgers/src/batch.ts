import type { Digest } from "@bedplate/codec";
import { type ReleaseRef, releaseRefSchema } from "@bedplate/registry";
import { defineSchema, type Schema, Type } from "@bedplate/schema";
import { DocumentTable } from "@bedplate/state";

/** Transactions that were applied in one step, and what they made of the state. */
export interface Batch {
  /** 0 is the genesis. */
  readonly number: number;
  readonly serial: number;
  /** The root before. */
  readonly parent: string;
  readonly root: string;
  /** The time that its transactions saw. */
  readonly at: number;
  /** What executed it; absent for a genesis. */
  readonly release?: ReleaseRef | undefined;
  readonly transactions: number;
  readonly fuel: number;
  /** Keys that have another value than before, or were written with the same. */
  readonly changes: number;
  /** Digest of the digests of its receipts, in order. */
  readonly receipts: Digest;
  /** Digest of what opened and closed it, where something did. */
  readonly frames?: Digest | undefined;
  /** Digest of which keys were read and written by which transactions. */
  readonly accessList: Digest;
}

const schema: Schema<Batch> = defineSchema(
  Type.Object(
    {
      number: Type.Integer({ minimum: 0 }),
      serial: Type.Integer({ minimum: 0 }),
      parent: Type.String(),
      root: Type.String(),
      at: Type.Number(),
      release: Type.Optional(Type.Unsafe<ReleaseRef>(releaseRefSchema.jsonSchema as object)),
      transactions: Type.Integer(),
      fuel: Type.Integer(),
      changes: Type.Integer(),
      receipts: Type.Unsafe<Digest>(Type.String()),
      frames: Type.Optional(Type.Unsafe<Digest>(Type.String())),
      accessList: Type.Unsafe<Digest>(Type.String()),
    },
    { additionalProperties: false },
  ),
);

export const batchTable: DocumentTable<Batch> = new DocumentTable({ name: "batch", schema });

/** The id of a batch's document: listed in the order of the numbers. */
export function batchId(ledger: string, number: number): string {
  return `${ledger}/${padded(number)}`;
}

/** A number as a part of keys that sort by it. */
export function padded(number: number): string {
  return String(number).padStart(12, "0");
}

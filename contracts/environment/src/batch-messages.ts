import { defineSchema, type Schema, Type } from "@bedplate/schema";

/** The input of the entry that opens a batch, as JSON. */
export interface BatchOpening {
  readonly number: number;
  /** What stands for the whole state before the batch. */
  readonly root: string;
}

/** The output of the entry that opens a batch, as JSON: what holds for its runs. */
export interface BatchTerms {
  /**
   * Fuel of the batch. A run is in it only where its budget's fuel fits into what those before it
   * left.
   */
  readonly fuelMax: number;
}

/** The input of the entry that closes a batch, as JSON. */
export interface BatchClosing {
  readonly number: number;
  /** Fuel that its runs used: of those that returned, for no other one wrote anything. */
  readonly fuel: number;
  /** How many these are. */
  readonly runs: number;
}

const closed = { additionalProperties: false } as const;
const amount = () => Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER });

export const batchOpeningSchema: Schema<BatchOpening> = defineSchema(
  Type.Object({ number: amount(), root: Type.String({ maxLength: 256 }) }, closed),
);

export const batchTermsSchema: Schema<BatchTerms> = defineSchema(
  Type.Object({ fuelMax: amount() }, closed),
);

export const batchClosingSchema: Schema<BatchClosing> = defineSchema(
  Type.Object({ number: amount(), fuel: amount(), runs: amount() }, closed),
);

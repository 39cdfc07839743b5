import { type Digest, digestValue } from "@bedplate/codec";

/** What all transactions of a batch share. */
export interface BatchContext {
  readonly number: number;
  /** The root before the batch. */
  readonly parent: string;
  /** The time that guests see, epoch milliseconds. */
  readonly at: number;
}

/** The digest that stands for the state a transaction starts from: the batch's parent and its place. */
export function preOf({ parent, number }: BatchContext, index: number): Digest {
  return digestValue(["ledger-pre", parent, number, index]);
}

/** The chance that a transaction sees: the same whenever and wherever its batch is executed. */
export function seedOf({ parent, number, at }: BatchContext, index: number): Uint8Array {
  const digest = digestValue(["ledger-seed", parent, number, at, index]);
  return Buffer.from(digest.slice("sha256:".length), "hex");
}

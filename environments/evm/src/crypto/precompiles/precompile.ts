import type { ForkName } from "../../forks/fork.ts";
import type { Checkpoint, Crypto } from "../crypto.ts";

/** A contract that the protocol itself carries out. */
export interface Precompile {
  /** Lower-case words, for example `bn254-pairing`. */
  readonly name: string;
  /** The number that its address is. */
  readonly address: number;
  readonly since: ForkName;
  /** What a call costs; looks at the input's length and head only. */
  gas(input: Uint8Array, rules: PrecompileRules): bigint;
  /** The output, or `undefined` where the call fails and takes all its gas. */
  run(input: Uint8Array, means: PrecompileMeans): Uint8Array | undefined;
}

export interface PrecompileMeans {
  readonly crypto: Crypto;
  readonly rules: PrecompileRules;
  /** Called between parts of long work; it stops the call by throwing. */
  readonly checkpoint?: Checkpoint | undefined;
}

/** Which pricing is in force; each names the proposal that brought it. */
export interface PrecompileRules {
  /** EIP-1108: cheaper bn254. */
  readonly hasCheaperBn254: boolean;
  /** EIP-198 (Byzantium), EIP-2565 (Berlin), EIP-7883 (Osaka). */
  readonly modexpPricing: "eip198" | "eip2565" | "eip7883";
  /** EIP-7823: longest operand of a modular exponentiation, in bytes. */
  readonly modexpLengthMax: number | undefined;
}

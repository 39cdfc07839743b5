/**
 * The cryptography of the protocol. All values are bytes in the encodings of the precompiled contracts:
 * numbers big-endian, points as their coordinates, all zeros for the point at infinity. Operations do
 * not change their inputs, and results belong to the caller. `undefined` means that the input is not
 * valid (out of the field, off the curve, outside the subgroup), never an exception.
 */
export interface Crypto {
  /** 32 bytes. */
  keccak256(bytes: Uint8Array): Uint8Array;
  /** 32 bytes. */
  sha256(bytes: Uint8Array): Uint8Array;
  /** 20 bytes. */
  ripemd160(bytes: Uint8Array): Uint8Array;
  /** The compression function of BLAKE2b (EIP-152): 213 bytes in, 64 out. */
  blake2f(input: Uint8Array, checkpoint?: Checkpoint): Uint8Array;
  /** As long as the modulus; zeros for a modulus of zero. */
  modexp(power: Power, checkpoint?: Checkpoint): Uint8Array;
  /** The 64 bytes (x, y) of the secp256k1 key that signed a hash. */
  recoverKey(hash: Uint8Array, signature: RecoverableSignature): Uint8Array | undefined;
  /** P-256: hash, r, s, x, y of 32 bytes each (EIP-7951). */
  verifyP256(input: Uint8Array): boolean;
  /** Two points of 64 bytes in, one out (EIP-196). */
  bn254Add(input: Uint8Array): Uint8Array | undefined;
  /** A point of 64 bytes and a scalar of 32. */
  bn254Multiply(input: Uint8Array): Uint8Array | undefined;
  /** Pairs of 64 and 128 bytes (EIP-197); true where the product of the pairings is one. */
  bn254PairingCheck(input: Uint8Array, checkpoint?: Checkpoint): boolean | undefined;
  /** Two points of 128 bytes in, one out (EIP-2537). */
  bls12G1Add(input: Uint8Array): Uint8Array | undefined;
  /** Pairs of a point of 128 bytes and a scalar of 32. */
  bls12G1MultiScalar(input: Uint8Array, checkpoint?: Checkpoint): Uint8Array | undefined;
  /** Two points of 256 bytes in, one out. */
  bls12G2Add(input: Uint8Array): Uint8Array | undefined;
  /** Pairs of a point of 256 bytes and a scalar of 32. */
  bls12G2MultiScalar(input: Uint8Array, checkpoint?: Checkpoint): Uint8Array | undefined;
  /** Pairs of 128 and 256 bytes; true where the product of the pairings is one. */
  bls12PairingCheck(input: Uint8Array, checkpoint?: Checkpoint): boolean | undefined;
  /** A field element of 64 bytes to a point of 128. */
  bls12MapToG1(input: Uint8Array): Uint8Array | undefined;
  /** A field element of 128 bytes to a point of 256. */
  bls12MapToG2(input: Uint8Array): Uint8Array | undefined;
  /** Whether a polynomial has a value at a point (EIP-4844); false also for malformed parts. */
  verifyKzgProof(claim: KzgClaim): boolean;
}

/** Called between parts of long work; it stops the work by throwing. */
export type Checkpoint = () => void;

/** Operands of a modular exponentiation, each of any length. */
export interface Power {
  readonly base: Uint8Array;
  readonly exponent: Uint8Array;
  readonly modulus: Uint8Array;
}

export interface RecoverableSignature {
  /** 32 bytes. */
  readonly r: Uint8Array;
  /** 32 bytes; both halves of the range are accepted. */
  readonly s: Uint8Array;
  /** Parity of the y coordinate of the signature's point. */
  readonly yParity: 0 | 1;
}

export interface KzgClaim {
  /** A compressed point of 48 bytes. */
  readonly commitment: Uint8Array;
  /** 32 bytes. */
  readonly z: Uint8Array;
  /** 32 bytes: what the polynomial is at z. */
  readonly y: Uint8Array;
  /** A compressed point of 48 bytes. */
  readonly proof: Uint8Array;
}

export type CryptoOperation = keyof Crypto;

/** Every operation, in the order in which they are listed to people. */
export const cryptoOperations: readonly CryptoOperation[] = [
  "keccak256",
  "sha256",
  "ripemd160",
  "blake2f",
  "modexp",
  "recoverKey",
  "verifyP256",
  "bn254Add",
  "bn254Multiply",
  "bn254PairingCheck",
  "bls12G1Add",
  "bls12G1MultiScalar",
  "bls12G2Add",
  "bls12G2MultiScalar",
  "bls12PairingCheck",
  "bls12MapToG1",
  "bls12MapToG2",
  "verifyKzgProof",
];

/** One source of implementations. */
export interface CryptoProvider {
  /** Package or module, with the version that is installed where it has one: `mcl-wasm@2.4.1`, `wasm`. */
  readonly name: string;
  readonly operations: Partial<Crypto>;
}

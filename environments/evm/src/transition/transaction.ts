import type { Address } from "../engine.ts";

/** 0 legacy, 1 access list (EIP-2930), 2 fee market (1559), 3 blobs (4844), 4 set code (7702). */
export type TransactionType = 0 | 1 | 2 | 3 | 4;

/** A transaction whose sender is known. Members that a type does not have are 0 or empty. */
export interface Transaction {
  readonly type: TransactionType;
  /** Absent for a legacy transaction without replay protection. */
  readonly chainId?: bigint | undefined;
  readonly sender: Address;
  readonly nonce: bigint;
  readonly gasLimit: bigint;
  /** Absent for a creation. */
  readonly to?: Address | undefined;
  /** Wei. */
  readonly value: bigint;
  readonly data: Uint8Array;
  /** Wei per gas; for types 0 and 1 the gas price. */
  readonly maxFeePerGas: bigint;
  /** Wei per gas; for types 0 and 1 the gas price. */
  readonly maxPriorityFeePerGas: bigint;
  readonly accessList: readonly AccessListEntry[];
  /** Wei per blob gas. */
  readonly maxFeePerBlobGas: bigint;
  /** Versioned hashes, 32 bytes each. */
  readonly blobHashes: readonly Uint8Array[];
  readonly authorizations: readonly Authorization[];
}

export interface AccessListEntry {
  readonly address: Address;
  /** 32 bytes each. */
  readonly slots: readonly Uint8Array[];
}

/** EIP-7702: whoever signed it delegates its account's code to `address`. */
export interface Authorization extends Signature {
  readonly chainId: bigint;
  readonly address: Address;
  readonly nonce: bigint;
}

export interface Signature {
  /** 0 or 1 in a signature that can be recovered. */
  readonly yParity: bigint;
  readonly r: bigint;
  readonly s: bigint;
}

/** A state test as its file has it: what cases are made, changed, made smaller and kept as. */
export interface TestJson {
  readonly env: Readonly<Record<string, string>>;
  readonly pre: Readonly<Record<string, AccountJson>>;
  readonly transaction: TransactionJson;
  /** Fork labels, each with one case. */
  readonly post: Readonly<Record<string, readonly PostJson[]>>;
}

export interface AccountJson {
  readonly nonce: string;
  readonly balance: string;
  readonly code: string;
  readonly storage: Readonly<Record<string, string>>;
}

export interface TransactionJson {
  readonly data: readonly string[];
  readonly gasLimit: readonly string[];
  readonly value: readonly string[];
  readonly to: string;
  readonly sender?: string;
  readonly accessLists?: readonly unknown[];
  readonly [other: string]: unknown;
}

export interface PostJson {
  readonly hash: string;
  readonly logs: string;
  readonly indexes: { readonly data: number; readonly gas: number; readonly value: number };
}

export function hexOf(bytes: Uint8Array): string {
  return `0x${Buffer.from(bytes).toString("hex")}`;
}

export function quantity(value: bigint | number): string {
  return `0x${value.toString(16)}`;
}

export function addressText(value: bigint): string {
  return `0x${value.toString(16).padStart(40, "0")}`;
}

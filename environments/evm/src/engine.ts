import type { Fork } from "./forks/fork.ts";

/** 20 bytes. */
export type Address = Uint8Array;

/**
 * Executes messages. Everything is synchronous: what the world does not have at hand, it says by
 * throwing `NotResident`; the engine lets that pass, keeps nothing of the attempt, and the caller loads
 * and begins again.
 */
export interface Engine extends Disposable {
  readonly name: "compiled" | "reference";
  /** Executes one top-level message (depth 0). Never throws for what a contract does. */
  execute(message: Message, context: Context): MessageResult;
}

/**
 * One top-level message. The engine moves `value`, and for a creation sets up the account at `to`
 * (collision check, nonce, code deposit); the sender's nonce and fees are the transition's.
 */
export interface Message {
  readonly kind: "call" | "create";
  readonly sender: Address;
  /** The callee, or the address that the creation makes. */
  readonly to: Address;
  /** Whose code runs, where that differs from `to` (EIP-7702 delegation). */
  readonly codeAddress?: Address | undefined;
  /** Wei. */
  readonly value: bigint;
  /** Call data, or init code. */
  readonly input: Uint8Array;
  readonly gas: bigint;
  readonly isStatic?: boolean | undefined;
}

export interface Context {
  readonly fork: Fork;
  readonly block: BlockContext;
  readonly origin: Address;
  /** The effective price that the GASPRICE instruction gives, wei per gas. */
  readonly gasPrice: bigint;
  /** Versioned hashes, 32 bytes each. */
  readonly blobHashes: readonly Uint8Array[];
  /** What is so before this message; nonce and fees of its transaction are already applied. */
  readonly world: WorldReader;
  readonly warm: WarmSet;
  /** `performance.now()` in milliseconds; passing it ends the execution with kind `stopped`. */
  readonly deadline?: number | undefined;
  /** What the logs may be; passing it ends the execution with kind `stopped`. */
  readonly logBounds?: LogBounds | undefined;
  /** EIP-3155; a traced execution runs on the interpreter. */
  readonly tracer?: Tracer | undefined;
}

/** How much the logs that stand may be at any time. */
export interface LogBounds {
  /** Of data. */
  readonly bytesMax: number;
  readonly countMax: number;
}

/** Why an execution has no end of its own. */
export type StopReason = "deadline" | "memoryLimit" | "outputLimit";

export interface BlockContext {
  readonly number: bigint;
  /** Seconds. */
  readonly timestamp: bigint;
  readonly coinbase: Address;
  readonly gasLimit: bigint;
  /** 32 bytes: PREVRANDAO from Paris on, DIFFICULTY before. */
  readonly prevRandao: Uint8Array;
  /** Wei per gas; 0 before London. */
  readonly baseFee: bigint;
  /** Wei per blob gas; 0 before Cancun. */
  readonly blobBaseFee: bigint;
  readonly chainId: bigint;
  /** Asked only for the 256 blocks before this one; 32 bytes, zeros for an unknown block. */
  blockHash(number: bigint): Uint8Array;
}

/** What is warm before the message begins (EIP-2929, 2930, 3651); precompiles are the engine's. */
export interface WarmSet {
  readonly addresses: readonly Address[];
  readonly slots: readonly { readonly address: Address; readonly slot: Uint8Array }[];
}

/** Synchronous. A miss may throw `NotResident`; the caller loads and begins again. */
export interface WorldReader {
  account(address: Address): Account | undefined;
  /** The code of that hash; empty for the hash of nothing. */
  code(codeHash: Uint8Array): Uint8Array;
  /** Slot and value have 32 bytes; an absent slot is zeros. */
  storage(address: Address, slot: Uint8Array): Uint8Array;
}

export interface Account {
  readonly nonce: bigint;
  /** Wei. */
  readonly balance: bigint;
  /** Keccak-256 of the code, 32 bytes. */
  readonly codeHash: Uint8Array;
  /** Given where the account has a slot that is not zero: no creation may land there (EIP-7610). */
  readonly hasStorage?: boolean | undefined;
}

/** Thrown by a `WorldReader` for what is not at hand. */
export class NotResident extends Error {
  override readonly name = "NotResident";
}

export interface MessageResult {
  readonly kind: "success" | "revert" | "failure" | "stopped";
  /** Of a failure: outOfGas, stackUnderflow, stackOverflow, invalidJump, invalidOpcode, ... */
  readonly failure?: string | undefined;
  /** Of what was stopped. */
  readonly stopped?: StopReason | undefined;
  readonly gasLeft: bigint;
  /** The refund counter, before any cap; 0 unless success. */
  readonly gasRefund: bigint;
  readonly output: Uint8Array;
  /** Empty unless success. */
  readonly logs: readonly Log[];
  /** Empty unless success, but for `reads`. */
  readonly changes: WorldChanges;
}

export interface Log {
  readonly address: Address;
  /** Up to four of 32 bytes. */
  readonly topics: readonly Uint8Array[];
  readonly data: Uint8Array;
}

/**
 * What a message did to the world. An account may stand in `accounts` and in `destroyed`: destruction
 * comes last.
 */
export interface WorldChanges {
  /** Accounts whose nonce, balance or code differ from the world, with the value they have now. */
  readonly accounts: readonly AccountChange[];
  /** Slots written whose value differs from the world's. */
  readonly storage: readonly StorageChange[];
  /** Accounts that SELFDESTRUCT removes at the end of the transaction, storage and all. */
  readonly destroyed: readonly Address[];
  /** Accounts that this message created (their storage starts empty). */
  readonly created: readonly Address[];
  /**
   * Accounts touched in the sense of EIP-158: deleted at the end where they are empty. The precompile 3
   * stands here even where the message failed, if it was called and was empty: history has it so.
   */
  readonly touched: readonly Address[];
  readonly reads: Reads;
}

export interface AccountChange {
  readonly address: Address;
  readonly account: Account;
  /** Given where the message set code; `account.codeHash` is its hash. */
  readonly code?: Uint8Array | undefined;
}

export interface StorageChange {
  readonly address: Address;
  readonly slot: Uint8Array;
  readonly original: Uint8Array;
  readonly value: Uint8Array;
}

/** Everything that was asked of the world, also by parts that reverted. */
export interface Reads {
  readonly addresses: readonly Address[];
  readonly slots: readonly { readonly address: Address; readonly slot: Uint8Array }[];
}

/** Receives one call per instruction, before it executes, in the terms of EIP-3155. */
export interface Tracer {
  step(step: TraceStep): void;
}

export interface TraceStep {
  readonly pc: number;
  readonly op: number;
  readonly gas: bigint;
  /** 0 where the engine does not know it before executing. */
  readonly gasCost: bigint;
  readonly memorySize: number;
  /** Bottom first. */
  readonly stack: readonly bigint[];
  /** 1 for the top-level message. */
  readonly depth: number;
  readonly refund: bigint;
  readonly memory?: Uint8Array | undefined;
  readonly returnData?: Uint8Array | undefined;
  readonly error?: string | undefined;
}

import type { BlockContext, Log, Tracer } from "../engine.ts";
import type { Fork } from "../forks/fork.ts";
import { noBytes } from "./bytes.ts";
import { blobGas } from "./fees.ts";
import type { MemoryWorld } from "./memory-world.ts";
import { TransactionRejected } from "./rejection.ts";
import { blockRequests } from "./requests.ts";
import {
  beaconRootsAddress,
  blockHashesAddress,
  type SystemMeans,
  systemCall,
} from "./system-call.ts";
import type { Transaction } from "./transaction.ts";
import { TransactionState } from "./transaction-state.ts";
import type { Receipt, TransactionResult, Transactor } from "./transactor.ts";
import { type BlobRules, transitionRules } from "./transition-rules.ts";

/** Everything that happens in a block, in its order. */
export interface BlockRequest {
  readonly fork: Fork;
  readonly block: BlockContext;
  readonly blobs?: BlobRules | undefined;
  /** One that throws `TransactionRejected` is refused like one that fails a check. */
  readonly transactions: readonly (() => Transaction)[];
  /** Root of the parent in the beacon chain (EIP-4788). */
  readonly parentBeaconRoot?: Uint8Array | undefined;
  /** Hash of the parent (EIP-2935). */
  readonly parentHash?: Uint8Array | undefined;
  readonly withdrawals: readonly Withdrawal[];
  /** Wei for the coinbase; nothing is paid and nobody touched if absent. */
  readonly reward?: bigint | undefined;
  readonly ommers: readonly Ommer[];
  /** A tracer for the transaction at this position. */
  tracerOf?(index: number): Tracer | undefined;
}

export interface Withdrawal {
  readonly index: bigint;
  readonly validatorIndex: bigint;
  readonly address: Uint8Array;
  /** Gwei. */
  readonly amount: bigint;
}

export interface Ommer {
  readonly address: Uint8Array;
  /** How many blocks it is older. */
  readonly delta: bigint;
}

export interface BlockResult {
  readonly world: MemoryWorld;
  readonly included: readonly IncludedTransaction[];
  readonly rejected: readonly { readonly index: number; readonly error: string }[];
  readonly gasUsed: bigint;
  readonly blobGasUsed: bigint;
  readonly logs: readonly Log[];
  /** Type and data of each request (EIP-7685), from Prague on. */
  readonly requests?: readonly Uint8Array[] | undefined;
}

export interface IncludedTransaction {
  readonly index: number;
  readonly transaction: Transaction;
  readonly receipt: Receipt;
  readonly cumulativeGasUsed: bigint;
  /** Root of the world afterwards, before Byzantium. */
  readonly root?: Uint8Array | undefined;
}

export interface BlockMeans extends SystemMeans {
  readonly transactor: Transactor;
}

/** Executes a block on a world that it leaves as it is. Transactions that cannot be in it are passed over. */
export async function executeBlock(
  request: BlockRequest,
  { world, means }: { world: MemoryWorld; means: BlockMeans },
): Promise<BlockResult> {
  const progress = new BlockProgress(request, { world, means });
  await progress.begin();
  for (const index of request.transactions.keys()) await progress.transaction(index);
  return await progress.end();
}

const weiPerGwei = 10n ** 9n;

class BlockProgress {
  readonly #request: BlockRequest;
  readonly #means: BlockMeans;
  #world: MemoryWorld;
  readonly #included: IncludedTransaction[] = [];
  readonly #rejected: { index: number; error: string }[] = [];
  #gasUsed = 0n;
  #blobGasUsed = 0n;

  constructor(request: BlockRequest, { world, means }: { world: MemoryWorld; means: BlockMeans }) {
    this.#request = request;
    this.#means = means;
    this.#world = world;
  }

  async begin(): Promise<void> {
    const { fork, parentBeaconRoot, parentHash } = this.#request;
    const rules = transitionRules(fork);
    if (rules.hasBeaconRoots && parentBeaconRoot !== undefined) {
      await this.#system(beaconRootsAddress, parentBeaconRoot);
    }
    if (rules.hasRequests && parentHash !== undefined) {
      await this.#system(blockHashesAddress, parentHash);
    }
  }

  async transaction(index: number): Promise<void> {
    const make = this.#request.transactions[index];
    const transaction = make && made(make);
    if (transaction === undefined) return;
    if (transaction instanceof TransactionRejected) {
      this.#reject(index, transaction);
      return;
    }
    const result = await this.#transact(index, transaction);
    if (result.kind === "stopped")
      throw new Error("Cannot end the block: an execution was stopped");
    if (result.kind === "rejected") this.#reject(index, { ...result, message: result.detail });
    else this.#include({ index, transaction, result });
  }

  async end(): Promise<BlockResult> {
    const { fork, withdrawals } = this.#request;
    const logs = this.#included.flatMap(({ receipt }) => receipt.logs);
    this.#pay();
    if (transitionRules(fork).hasWithdrawals) {
      this.#change((state) => {
        for (const { address, amount } of withdrawals)
          state.addBalance(address, amount * weiPerGwei);
      });
    }
    const requests = transitionRules(fork).hasRequests ? await this.#requests(logs) : undefined;
    const sums = { gasUsed: this.#gasUsed, blobGasUsed: this.#blobGasUsed };
    const lists = { included: this.#included, rejected: this.#rejected };
    return { world: this.#world, ...lists, ...sums, logs, requests };
  }

  async #transact(index: number, transaction: Transaction): Promise<TransactionResult> {
    const { fork, block } = this.#request;
    const blobs = this.#request.blobs ?? transitionRules(fork).blobs;
    return await this.#means.transactor.transact(
      {
        fork,
        block,
        blobs,
        transaction,
        gasAvailable: block.gasLimit - this.#gasUsed,
        blobGasAvailable: blobGas * BigInt(blobs?.max ?? 0) - this.#blobGasUsed,
        tracer: this.#request.tracerOf?.(index),
      },
      this.#world,
    );
  }

  #include(one: {
    readonly index: number;
    readonly transaction: Transaction;
    readonly result: Extract<TransactionResult, { kind: "included" }>;
  }): void {
    const { index, transaction, result } = one;
    const { receipt, changes } = result;
    this.#world = this.#world.after(changes);
    this.#gasUsed += receipt.gasUsed;
    this.#blobGasUsed += receipt.blobGasUsed;
    const { hasStatus } = transitionRules(this.#request.fork);
    const root = hasStatus ? undefined : this.#world.root();
    this.#included.push({ index, transaction, receipt, cumulativeGasUsed: this.#gasUsed, root });
  }

  #reject(index: number, { code, message }: { code: string; message: string }): void {
    this.#rejected.push({ index, error: `${code}: ${message}` });
  }

  #pay(): void {
    const { reward, ommers, block } = this.#request;
    if (reward === undefined) return;
    this.#change((state) => {
      const inclusions = (reward * BigInt(ommers.length)) / 32n;
      for (const { address, delta } of ommers) {
        state.addBalance(address, (reward * (8n - delta)) / 8n);
      }
      state.addBalance(block.coinbase, reward + inclusions);
    });
  }

  #change(work: (state: TransactionState) => void): void {
    const state = new TransactionState(this.#world, this.#means.crypto.keccak256(noBytes));
    work(state);
    if (transitionRules(this.#request.fork).deletesEmpty) state.deleteEmpty();
    this.#world = this.#world.after(state.changes());
  }

  async #system(address: Uint8Array, input: Uint8Array): Promise<Uint8Array | undefined> {
    const { fork, block } = this.#request;
    const call = { fork, block, address, input };
    const done = await systemCall(call, { world: this.#world, means: this.#means });
    this.#world = done.world;
    return done.output;
  }

  async #requests(logs: readonly Log[]): Promise<readonly Uint8Array[]> {
    return await blockRequests(logs, (address) => this.#system(address, noBytes));
  }
}

function made(make: () => Transaction): Transaction | TransactionRejected {
  try {
    return make();
  } catch (error) {
    if (error instanceof TransactionRejected) return error;
    throw error;
  }
}

import type { RunTxResult } from "@ethereumjs/vm";
import { runTx } from "@ethereumjs/vm";
import type { WorldReader } from "../engine.ts";
import { blobGas, effectiveGasPrice, transactionBlobGas } from "../transition/fees.ts";
import { TransactionRejected } from "../transition/rejection.ts";
import type {
  Receipt,
  TransactionRequest,
  TransactionResult,
  Transactor,
} from "../transition/transactor.ts";
import { creationAddress, type TransitionCrypto } from "../transition/transition-crypto.ts";
import { transitionRules } from "../transition/transition-rules.ts";
import type { ReferenceChain } from "./reference-chain.ts";
import { ReferenceChains } from "./reference-chains.ts";
import { exceptionOf, failureOf } from "./reference-failure.ts";
import { rejectionOf } from "./reference-rejection.ts";
import { traced } from "./reference-trace.ts";
import { referenceBlock, referenceTransaction } from "./reference-transaction.ts";

/**
 * Executes transactions wholly on `@ethereumjs/vm`: checks, fees, message and settlement are its own. It
 * runs one transaction at a time; calls that come meanwhile wait in their order.
 */
export class ReferenceTransactor implements Transactor {
  readonly name = "reference";
  readonly #crypto: TransitionCrypto;
  readonly #chains: ReferenceChains;
  #last: Promise<unknown> = Promise.resolve();

  constructor(crypto: TransitionCrypto) {
    this.#crypto = crypto;
    this.#chains = new ReferenceChains(crypto);
  }

  transact(request: TransactionRequest, world: WorldReader): Promise<TransactionResult> {
    const result = this.#last.then(() => this.#transact(request, world));
    this.#last = result.catch(() => undefined);
    return result;
  }

  [Symbol.dispose](): void {
    this.#chains.clear();
  }

  async #transact(request: TransactionRequest, world: WorldReader): Promise<TransactionResult> {
    const wish = { fork: request.fork, chainId: request.block.chainId };
    const chain = await this.#chains.get(wish);
    chain.state.begin(world);
    chain.useBlockHashes(request.block);
    let result: TransactionResult | undefined;
    try {
      result = await this.#included(chain, request).catch(rejectionOf);
      return result;
    } finally {
      // What is refused has executed nothing; whatever else was thrown has.
      if (result === undefined || result.kind === "stopped") this.#chains.drop(wish);
    }
  }

  async #included(chain: ReferenceChain, request: TransactionRequest): Promise<TransactionResult> {
    const { fork, block, transaction } = request;
    const { common, state } = chain;
    checkRoom(request);
    const tx = referenceTransaction(transaction, common);
    const options = { tx, block: referenceBlock(block, { fork, common }) };
    using _trace = traced(chain, request);
    const result = await runTx(chain.vm, { ...options, skipHardForkValidation: true });
    const receipt = this.#receipt(request, result);
    return { kind: "included", receipt, changes: state.changes(), reads: state.reads() };
  }

  #receipt(request: TransactionRequest, result: RunTxResult): Receipt {
    const { transaction, block, fork } = request;
    const { sender, nonce, to, type } = transaction;
    const { returnValue, logs = [] } = result.execResult;
    const exceptionError = exceptionOf(result.execResult, fork);
    const contractAddress =
      to === undefined
        ? creationAddress({ sender, nonce }, (bytes) => this.#crypto.keccak256(bytes))
        : undefined;
    return {
      type,
      isSuccess: exceptionError === undefined,
      gasUsed: result.totalGasSpent,
      effectiveGasPrice: effectiveGasPrice(transaction, block.baseFee),
      blobGasUsed: transactionBlobGas(transaction),
      logs: logs.map(([address, topics, data]) => ({ address, topics, data })),
      contractAddress,
      output: returnValue,
      failure: exceptionError && failureOf(exceptionError.error),
    };
  }
}

/** The reference implementation leaves the room in a block to whoever builds it. */
function checkRoom(request: TransactionRequest): void {
  const { transaction, block, fork } = request;
  if (transaction.gasLimit > (request.gasAvailable ?? block.gasLimit)) {
    throw new TransactionRejected("GAS_ALLOWANCE_EXCEEDED", "the block has less gas left");
  }
  const blobs = request.blobs ?? transitionRules(fork).blobs;
  const blobGasMax = request.blobGasAvailable ?? blobGas * BigInt(blobs?.max ?? 0);
  const isBlobs = transaction.type === 3 && blobs !== undefined;
  if (isBlobs && transactionBlobGas(transaction) > blobGasMax) {
    throw new TransactionRejected("TYPE_3_TX_MAX_BLOB_GAS_ALLOWANCE_EXCEEDED", "no room for blobs");
  }
}

import {
  type Call,
  type Execution,
  type Invocation,
  noUsage,
  type StateReader,
} from "@bedplate/environment";
import type { OpenEngine } from "../open-engine.ts";
import { type RejectionCode, TransactionRejected } from "../transition/rejection.ts";
import type { Transaction } from "../transition/transaction.ts";
import type { TransactionRequest, Transactor } from "../transition/transactor.ts";
import { batchEntries, closeBlock, openBlock, openedBlock } from "./block-batch.ts";
import { blockKey } from "./block-keys.ts";
import type { BlockRecord } from "./block-record.ts";
import { blockOf, type Chain } from "./chain.ts";
import { checkOnState } from "./check-on-state.ts";
import { deadlineOf } from "./invocation-faults.ts";
import { eventOf, logBoundsOf, outputMaxOf } from "./log-events.ts";
import { loadAll } from "./on-state.ts";
import { emptyExecution, endOfStop } from "./run-ends.ts";
import { signedTransaction, unsignedTransaction } from "./submitted-transaction.ts";
import { namedKeys, type StateTransaction, transactOnState } from "./transact-on-state.ts";
import { writeReceipt } from "./write-receipt.ts";

interface ChainWork {
  readonly engine: OpenEngine;
  /** Decides which keys are read, where the engine is not to. */
  readonly scout?: Transactor | undefined;
  readonly invocation: Invocation;
  readonly call: Call;
}

/** Committed state where there is none. */
export const noState: StateReader = { peek: () => null, load: async () => {} };

/** Executes one entry of a chain on committed state: a transaction, or what makes a block of several. */
export async function runOfChain(chain: Chain, work: ChainWork): Promise<Execution> {
  const { engine, invocation, call } = work;
  const reads = invocation.reads ?? noState;
  const { keccak256 } = engine.crypto;
  const batch = { chain, invocation, reads, call, keccak256 };
  if (invocation.entry === batchEntries.opens) return openBlock(batch);
  if (invocation.entry === batchEntries.closes) return closeBlock(batch);
  return transactionRun(chain, { ...work, reads });
}

async function transactionRun(
  chain: Chain,
  work: ChainWork & { readonly reads: StateReader },
): Promise<Execution> {
  const { engine, scout, invocation, reads, call } = work;
  const means = { reads, call };
  try {
    const { transaction, chain: rules } = await submitted(chain, work, means);
    await loadAll([blockKey(chain.chainId), ...namedKeys(transaction)], means);
    const opened = await openedBlock(chain, means);
    const request = requestOf(rules, { transaction, invocation, call, opened });
    await checkOnState(request, { ...means, crypto: engine.crypto });
    const { transactor } = engine;
    const { chainId, coinbase } = chain;
    const shared = opened && { chainId, coinbase };
    const done = await transactOnState(request, { ...means, transactor, scout, shared });
    return executionOf(done, { request, invocation });
  } catch (error) {
    if (!(error instanceof TransactionRejected)) throw error;
    return refused(error.code);
  }
}

interface Submitted {
  readonly transaction: Transaction;
  readonly chain: Chain;
}

/** The transaction that an input is, and the rules that hold for it. */
export async function submitted(
  chain: Chain,
  { invocation, engine }: Pick<ChainWork, "invocation" | "engine">,
  means: { readonly reads: StateReader; readonly call: Call },
): Promise<Submitted> {
  const { entry, input } = invocation;
  if (entry === "transact") {
    return { transaction: signedTransaction(input, { chain, crypto: engine.crypto }), chain };
  }
  return unsignedTransaction(input, { chain, ...means });
}

/** A transaction in the block that is open, or in one of its own. */
export function requestOf(
  chain: Chain,
  about: Pick<ChainWork, "invocation" | "call"> & {
    readonly transaction: Transaction;
    readonly opened?: BlockRecord | undefined;
  },
): TransactionRequest {
  const { transaction, invocation, call, opened } = about;
  const { fuel } = invocation.budget;
  const granted = fuel === undefined ? chain.gasLimit : BigInt(fuel);
  return {
    fork: chain.fork,
    block: blockOf(chain, invocation, opened),
    transaction,
    gasAvailable: granted < chain.gasLimit ? granted : chain.gasLimit,
    deadline: deadlineOf(invocation, call),
    logBounds: logBoundsOf(invocation),
  };
}

function executionOf(
  { result, writes, credits }: StateTransaction,
  {
    request,
    invocation,
  }: { readonly request: TransactionRequest; readonly invocation: Invocation },
): Execution {
  if (result.kind === "rejected") return refused(result.code);
  const gasLimit = Number(request.transaction.gasLimit);
  if (result.kind === "stopped") {
    return emptyExecution(endOfStop(result.reason), result.reason === "deadline" ? 0 : gasLimit);
  }
  const { receipt } = result;
  const fuel = Number(receipt.gasUsed);
  const output = writeReceipt(receipt);
  const events = receipt.logs.map(eventOf);
  const outputBytes = output.length + events.reduce((sum, { data }) => sum + data.length, 0);
  if (outputBytes > outputMaxOf(invocation)) {
    return emptyExecution(endOfStop("outputLimit"), fuel);
  }
  const usage = { ...noUsage, fuel, outputBytes };
  const effects = { writes, events, ...(credits.length > 0 && { credits }) };
  return { outcome: { kind: "returned", output }, usage, ...effects };
}

/** Refusals that another state may lift: of the account, or of what a block asks. */
const early: ReadonlySet<RejectionCode> = new Set([
  "NONCE_MISMATCH_TOO_HIGH",
  "INSUFFICIENT_MAX_FEE_PER_GAS",
]);

/** By the field's name of what is wrong. */
function refused(code: RejectionCode): Execution {
  const isEarly = early.has(code);
  return emptyExecution({ kind: "refused", reason: code, ...(isEarly && { isEarly }) });
}

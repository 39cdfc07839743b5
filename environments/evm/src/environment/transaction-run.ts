import {
  type Call,
  type Execution,
  type Invocation,
  noUsage,
  type StateReader,
} from "@bedplate/environment";
import type { OpenEngine } from "../open-engine.ts";
import { TransactionRejected } from "../transition/rejection.ts";
import type { Transaction } from "../transition/transaction.ts";
import type { TransactionRequest, Transactor } from "../transition/transactor.ts";
import { blockOf, type Chain } from "./chain.ts";
import { checkOnState } from "./check-on-state.ts";
import { deadlineOf } from "./invocation-faults.ts";
import { eventOf, logBoundsOf, outputMaxOf } from "./log-events.ts";
import { emptyExecution, endOfStop } from "./run-ends.ts";
import { signedTransaction, unsignedTransaction } from "./submitted-transaction.ts";
import { type StateTransaction, transactOnState } from "./transact-on-state.ts";
import { writeReceipt } from "./write-receipt.ts";

interface ChainWork {
  readonly engine: OpenEngine;
  /** Decides which keys are read, where the engine is not to. */
  readonly scout?: Transactor | undefined;
  readonly invocation: Invocation;
  readonly call: Call;
}

/** Committed state where there is none. */
const noState: StateReader = { peek: () => null, load: async () => {} };

/** Executes one transaction by the rules of a chain, on committed state. */
export async function runOfChain(chain: Chain, work: ChainWork): Promise<Execution> {
  const { engine, scout, invocation, call } = work;
  const means = { reads: invocation.reads ?? noState, call };
  try {
    const { transaction, chain: rules } = await submitted(chain, work, means);
    const request = requestOf(rules, { transaction, invocation, call });
    await checkOnState(request, { ...means, crypto: engine.crypto });
    const { transactor } = engine;
    const done = await transactOnState(request, { ...means, transactor, scout });
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

async function submitted(
  chain: Chain,
  { invocation, engine }: ChainWork,
  means: { readonly reads: StateReader; readonly call: Call },
): Promise<Submitted> {
  const { entry, input } = invocation;
  if (entry === "transact") {
    return { transaction: signedTransaction(input, { chain, crypto: engine.crypto }), chain };
  }
  return unsignedTransaction(input, { chain, ...means });
}

function requestOf(
  chain: Chain,
  about: Pick<ChainWork, "invocation" | "call"> & { readonly transaction: Transaction },
): TransactionRequest {
  const { transaction, invocation, call } = about;
  const { fuel } = invocation.budget;
  const granted = fuel === undefined ? chain.gasLimit : BigInt(fuel);
  return {
    fork: chain.fork,
    block: blockOf(chain, invocation),
    transaction,
    gasAvailable: granted < chain.gasLimit ? granted : chain.gasLimit,
    deadline: deadlineOf(invocation, call),
    logBounds: logBoundsOf(invocation),
  };
}

function executionOf(
  { result, writes }: StateTransaction,
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
  return { outcome: { kind: "returned", output }, usage, writes, events };
}

/** By the field's name of what is wrong. */
function refused(code: string): Execution {
  return emptyExecution({ kind: "refused", reason: code });
}

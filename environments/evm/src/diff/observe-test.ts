import type { Fork } from "../forks/fork.ts";
import { forkOfLabel } from "../statetest/fork-label.ts";
import { readStateTest, type StateTest } from "../statetest/state-test.ts";
import { blockOfTest } from "../statetest/test-environment.ts";
import { senderOfTest, transactionOfTest } from "../statetest/test-transaction.ts";
import type { MemoryWorld } from "../transition/memory-world.ts";
import { logsHash } from "../transition/receipt.ts";
import { TransactionRejected } from "../transition/rejection.ts";
import type {
  TransactionRequest,
  TransactionResult,
  Transactor,
} from "../transition/transactor.ts";
import type { TransitionCrypto } from "../transition/transition-crypto.ts";
import { hexOf, type TestJson } from "./test-json.ts";

/** Longest time of one case on one engine: with its gas, some would run for hours on the slower one. */
const caseMsMax = 10_000;

/** What must be the same on every engine, as texts. */
export interface Observation {
  /** `success`, `failure`, `rejected` or `stopped`; `crashed` is never right. */
  readonly status: string;
  readonly gasUsed: string;
  readonly output: string;
  /** Hash of the logs. */
  readonly logs: string;
  /** Of the world afterwards. */
  readonly root: string;
}

export interface ObserveOptions {
  readonly transactor: Transactor;
  readonly crypto: TransitionCrypto;
  /** Replaces the rules that the test's fork has: for planted faults. */
  readonly changeFork?: ((fork: Fork) => Fork) | undefined;
}

/** What came of a test on an engine, before it is made comparable. */
export interface TestRun {
  readonly test: StateTest;
  readonly result: TransactionResult;
}

/** Runs the first case of a test; throws what the engine throws, but for refusals. */
export async function runTest(json: TestJson, options: ObserveOptions): Promise<TestRun> {
  const { transactor, crypto } = options;
  const test = readStateTest({ name: "case", value: json }, (bytes) => crypto.keccak256(bytes));
  try {
    const request = requestOf(test, options);
    return { test, result: await transactor.transact(request, test.world) };
  } catch (error) {
    if (!(error instanceof TransactionRejected)) throw error;
    return { test, result: { kind: "rejected", code: error.code, detail: error.message } };
  }
}

/** Runs the first case of a test and says what came of it; what the engine throws is an observation too. */
export async function observeTest(json: TestJson, options: ObserveOptions): Promise<Observation> {
  return (await observeRun(json, options)).observation;
}

export interface ObservedRun {
  readonly observation: Observation;
  /** The world afterwards, where the transaction was included. */
  readonly world?: MemoryWorld | undefined;
}

/** As `observeTest`, with what another transaction may go on with. */
export async function observeRun(json: TestJson, options: ObserveOptions): Promise<ObservedRun> {
  try {
    return observed(await runTest(json, options), options.crypto);
  } catch (error) {
    const output = String(error).slice(0, 200);
    const observation = { status: "crashed", gasUsed: "0", output, logs: "0x", root: "0x" };
    return { observation };
  }
}

function requestOf(test: StateTest, { crypto, changeFork }: ObserveOptions): TransactionRequest {
  const [one] = test.cases;
  const labelled = one && forkOfLabel(one.fork);
  if (one === undefined || labelled === undefined)
    throw new Error("Cannot run the test: no known fork");
  const keccak256 = (bytes: Uint8Array) => crypto.keccak256(bytes);
  const { chainId } = test.environment;
  const sender = senderOfTest(test.transaction, keccak256);
  return {
    fork: changeFork?.(labelled.fork) ?? labelled.fork,
    blobs: labelled.blobs,
    block: blockOfTest(test.environment, { labelled, keccak256 }),
    transaction: transactionOfTest(test.transaction, { indexes: one.indexes, chainId, sender }),
    deadline: performance.now() + caseMsMax,
  };
}

function observed({ test, result }: TestRun, crypto: TransitionCrypto): ObservedRun {
  if (result.kind !== "included") {
    const root = hexOf(test.world.root());
    const nothing = { gasUsed: "0", output: "0x", logs: "0x" };
    return { observation: { status: result.kind, ...nothing, root } };
  }
  const { receipt, changes } = result;
  const world = test.world.after(changes);
  const observation = {
    status: receipt.isSuccess ? "success" : "failure",
    gasUsed: receipt.gasUsed.toString(),
    output: hexOf(receipt.output),
    logs: hexOf(logsHash(receipt.logs, (bytes) => crypto.keccak256(bytes))),
    root: hexOf(world.root()),
  };
  return { observation, world };
}

/** The members in which two observations differ. What ran out of time on either engine says nothing. */
export function differencesOf(a: Observation, b: Observation): readonly (keyof Observation)[] {
  if (a.status === "stopped" || b.status === "stopped") return [];
  const members = ["status", "gasUsed", "output", "logs", "root"] as const;
  return members.filter((member) => a[member] !== b[member] || a.status === "crashed");
}

import type { Tracer, WorldReader } from "../engine.ts";
import { areEqual, hexOfBytes } from "../transition/bytes.ts";
import { decodeTransaction } from "../transition/decode-transaction.ts";
import type { MemoryWorld } from "../transition/memory-world.ts";
import { logsHash } from "../transition/receipt.ts";
import { TransactionRejected } from "../transition/rejection.ts";
import type {
  TransactionRequest,
  TransactionResult,
  Transactor,
} from "../transition/transactor.ts";
import type { TransitionCrypto } from "../transition/transition-crypto.ts";
import { transitionRules } from "../transition/transition-rules.ts";
import { isExpected } from "./expected-exception.ts";
import { forkOfLabel, type LabelledFork } from "./fork-label.ts";
import type { StateTest, StateTestCase } from "./state-test.ts";
import { blockOfTest } from "./test-environment.ts";
import { senderOfTest, transactionOfTest } from "./test-transaction.ts";

export interface StateTestResult {
  readonly name: string;
  readonly fork: string;
  readonly index: number;
  readonly pass: boolean;
  /** 32 bytes; absent where the case could not run. */
  readonly root?: Uint8Array | undefined;
  readonly error?: string | undefined;
  readonly gasUsed?: bigint | undefined;
  readonly output?: Uint8Array | undefined;
  /** The world afterwards. */
  readonly world?: MemoryWorld | undefined;
}

export interface StateTestOptions {
  readonly transactor: Transactor;
  readonly crypto: TransitionCrypto;
  /** Refuse a rejection whose name is not among the expected ones, too. */
  readonly isStrict?: boolean | undefined;
  readonly tracer?: Tracer | undefined;
  /** `performance.now()` in milliseconds. */
  readonly deadline?: number | undefined;
}

/** Runs one case. What the transaction does is in the result; a broken test file throws. */
export async function runStateTestCase(
  test: StateTest,
  one: StateTestCase,
  options: StateTestOptions,
): Promise<StateTestResult> {
  const { name } = test;
  const { fork, index } = one;
  const labelled = forkOfLabel(fork);
  if (labelled === undefined) {
    return { name, fork, index, pass: false, error: `unsupported fork "${fork}"` };
  }
  const result = await transacted({ test, one, labelled }, options);
  return { name, fork, index, ...judged({ test, one, labelled, result }, options) };
}

interface Work {
  readonly test: StateTest;
  readonly one: StateTestCase;
  readonly labelled: LabelledFork;
}

async function transacted(work: Work, options: StateTestOptions): Promise<TransactionResult> {
  const { world } = work.test;
  try {
    const result = options.transactor.transact(requestOf(work, options), world as WorldReader);
    return result instanceof Promise ? await result : result;
  } catch (error) {
    if (!(error instanceof TransactionRejected)) throw error;
    return { kind: "rejected", code: error.code, detail: error.message };
  }
}

function requestOf({ test, one, labelled }: Work, options: StateTestOptions): TransactionRequest {
  const { crypto } = options;
  const keccak256 = (bytes: Uint8Array): Uint8Array => crypto.keccak256(bytes);
  const { chainId } = test.environment;
  if (one.encoded !== undefined) {
    decodeTransaction(one.encoded, { rules: transitionRules(labelled.fork), crypto });
  }
  const sender = senderOfTest(test.transaction, keccak256);
  return {
    fork: labelled.fork,
    blobs: labelled.blobs,
    block: blockOfTest(test.environment, { labelled, keccak256 }),
    transaction: transactionOfTest(test.transaction, { indexes: one.indexes, chainId, sender }),
    tracer: options.tracer,
    deadline: options.deadline,
  };
}

type Judgement = Omit<StateTestResult, "name" | "fork" | "index">;

function judged(
  { test, one, labelled, result }: Work & { readonly result: TransactionResult },
  { crypto, isStrict = false }: StateTestOptions,
): Judgement {
  if (result.kind === "stopped") return { pass: false, error: "the deadline passed" };
  const isIncluded = result.kind === "included";
  const touched = isIncluded ? test.world : touchedCoinbase(test, labelled);
  const world = isIncluded ? touched.after(result.changes) : touched;
  const root = world.root();
  const logs = logsHash(isIncluded ? result.receipt.logs : [], (bytes) => crypto.keccak256(bytes));
  const error = problemOf(one, { result, root, logs, isStrict });
  const receipt = isIncluded ? result.receipt : undefined;
  const { gasUsed, output } = receipt ?? {};
  return { pass: error === undefined, root, error, gasUsed, output, world };
}

interface Found {
  readonly result: Exclude<TransactionResult, { kind: "stopped" }>;
  readonly root: Uint8Array;
  readonly logs: Uint8Array;
  readonly isStrict: boolean;
}

function problemOf(one: StateTestCase, found: Found): string | undefined {
  const { result, root, logs, isStrict } = found;
  const { exception } = one;
  if (result.kind === "rejected") {
    if (exception === undefined) return `unexpected error: ${result.code}: ${result.detail}`;
    if (isStrict && !isExpected(result.code, exception)) {
      return `error mismatch: got ${result.code}, want ${exception}`;
    }
  } else if (exception !== undefined) {
    return `expected error ${exception}, got no error`;
  }
  if (!areEqual(root, one.root)) {
    return `post state root mismatch: got ${hexOfBytes(root)}, want ${hexOfBytes(one.root)}`;
  }
  if (areEqual(logs, one.logs)) return undefined;
  return `post state logs hash mismatch: got ${hexOfBytes(logs)}, want ${hexOfBytes(one.logs)}`;
}

/**
 * The vectors' worlds are those after a block whose reward is 0, so that the coinbase is touched even
 * where the transaction was refused: before EIP-158 that makes it, afterwards it takes an empty one away.
 */
function touchedCoinbase(test: StateTest, { fork }: LabelledFork): MemoryWorld {
  const coinbase = test.environment.fields.address("currentCoinbase");
  return test.world.touched(coinbase, { deletesEmpty: fork.rules.clearsEmptyAccounts });
}

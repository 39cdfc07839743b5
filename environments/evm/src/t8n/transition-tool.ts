import type { Tracer } from "../engine.ts";
import type { OpenEngine } from "../open-engine.ts";
import { readAlloc, writeAlloc } from "../statetest/alloc.ts";
import type { LabelledFork } from "../statetest/fork-label.ts";
import { JsonFields } from "../statetest/json-fields.ts";
import { executeBlock } from "../transition/execute-block.ts";
import { MemoryWorld } from "../transition/memory-world.ts";
import { transitionRules } from "../transition/transition-rules.ts";
import { readBlockInput } from "./block-input.ts";
import { bodyOf, resultOf } from "./block-output.ts";
import { readTransactions } from "./transaction-input.ts";

export interface TransitionInput {
  readonly alloc: unknown;
  readonly env: unknown;
  readonly txs: unknown;
  readonly labelled: LabelledFork;
  readonly chainId: bigint;
  /** Wei for the coinbase; absent for none, so that it is not even touched. */
  readonly reward?: bigint | undefined;
  /** A tracer for a transaction, by its position and its hash. */
  tracerOf?(index: number, hash: Uint8Array): Tracer | undefined;
}

export interface TransitionOutput {
  readonly alloc: object;
  readonly result: object;
  /** RLP of the transactions, in hexadecimal. */
  readonly body: string;
}

/** The transition tool: a world, a block's environment and transactions in; the world afterwards out. */
export async function transition(
  request: TransitionInput,
  engine: Pick<OpenEngine, "transactor" | "messages" | "crypto">,
): Promise<TransitionOutput> {
  const { labelled, chainId } = request;
  const { crypto } = engine;
  const rules = transitionRules(labelled.fork);
  const input = readBlockInput(new JsonFields(request.env, "env"), { labelled, chainId });
  const transactions = readTransactions(request.txs, { rules, crypto, chainId });
  const accounts = readAlloc(request.alloc, "alloc");
  const world = MemoryWorld.of(accounts, (bytes) => crypto.keccak256(bytes));
  const result = await executeBlock(
    {
      ...input,
      fork: labelled.fork,
      blobs: labelled.blobs,
      transactions: transactions.map((each) => () => each.transaction()),
      reward: request.reward,
      tracerOf: (index) => {
        const hash = transactions[index]?.hash;
        return hash && request.tracerOf?.(index, hash);
      },
    },
    { world, means: engine },
  );
  const output = { result, input, transactions, crypto };
  return {
    alloc: writeAlloc(result.world.accounts()),
    result: resultOf(output),
    body: bodyOf(output),
  };
}

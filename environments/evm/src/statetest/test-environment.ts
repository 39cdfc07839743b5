import type { BlockContext } from "../engine.ts";
import { wordOfNumber } from "../transition/bytes.ts";
import { blobBaseFee, nextExcessBlobGas } from "../transition/fees.ts";
import type { Keccak256 } from "../transition/transition-crypto.ts";
import { transitionRules } from "../transition/transition-rules.ts";
import type { LabelledFork } from "./fork-label.ts";
import type { JsonFields } from "./json-fields.ts";

/** The `env` of a state test, before it is known for which fork. */
export interface TestEnvironment {
  readonly fields: JsonFields;
  readonly chainId: bigint;
}

/** The block that a state test's transaction is in. */
export function blockOfTest(
  { fields, chainId }: TestEnvironment,
  { labelled, keccak256 }: { labelled: LabelledFork; keccak256: Keccak256 },
): BlockContext {
  const rules = transitionRules(labelled.fork);
  const number = fields.number("currentNumber");
  const hasRandom = labelled.fork.rules.hasPrevRandao && fields.has("currentRandom");
  const difficulty = fields.numberOr("currentDifficulty", 0n);
  return {
    number,
    timestamp: fields.number("currentTimestamp"),
    coinbase: fields.address("currentCoinbase"),
    gasLimit: fields.number("currentGasLimit"),
    prevRandao: hasRandom ? fields.word("currentRandom") : wordOfNumber(difficulty),
    baseFee: rules.hasBaseFee ? fields.numberOr("currentBaseFee", 10n) : 0n,
    blobBaseFee: blobFeeOf(fields, labelled),
    chainId,
    blockHash: (of) => keccak256(new TextEncoder().encode(of.toString())),
  };
}

function blobFeeOf(fields: JsonFields, { fork, blobs: schedule }: LabelledFork): bigint {
  const { blobs = undefined, blobBaseCost } = transitionRules(fork);
  const rules = schedule ?? blobs;
  if (rules === undefined) return 0n;
  if (fields.has("currentExcessBlobGas")) {
    return blobBaseFee(fields.number("currentExcessBlobGas"), rules);
  }
  const parent = {
    excessBlobGas: fields.numberOr("parentExcessBlobGas", 0n),
    blobGasUsed: fields.numberOr("parentBlobGasUsed", 0n),
    baseFee: fields.numberOr("parentBaseFee", 0n),
  };
  return blobBaseFee(nextExcessBlobGas(parent, { blobs: rules, blobBaseCost }), rules);
}

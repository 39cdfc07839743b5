import type { BlockContext } from "../engine.ts";
import type { LabelledFork } from "../statetest/fork-label.ts";
import { JsonFields, wordOf } from "../statetest/json-fields.ts";
import { areEqual, bytesOfHex, wordOfNumber, zeroWord } from "../transition/bytes.ts";
import type { BlockRequest, Ommer, Withdrawal } from "../transition/execute-block.ts";
import { blobBaseFee, nextBaseFee, nextExcessBlobGas } from "../transition/fees.ts";
import { transitionRules } from "../transition/transition-rules.ts";
import { nextDifficulty } from "./difficulty.ts";

/** What the tool's `env` says, with what follows from the parent computed. */
export interface BlockInput
  extends Pick<BlockRequest, "parentBeaconRoot" | "parentHash" | "withdrawals" | "ommers"> {
  readonly block: BlockContext;
  readonly difficulty?: bigint | undefined;
  readonly excessBlobGas?: bigint | undefined;
  readonly hasWithdrawals: boolean;
}

export function readBlockInput(
  fields: JsonFields,
  { labelled, chainId }: { labelled: LabelledFork; chainId: bigint },
): BlockInput {
  const { fork } = labelled;
  const number = fields.number("currentNumber", 64);
  const isMerged = fork.rules.hasPrevRandao;
  const difficulty = isMerged ? undefined : difficultyOf(fields, labelled);
  const excessBlobGas = excessOf(fields, labelled);
  const blobs = labelled.blobs ?? transitionRules(fork).blobs;
  const hashes = hashesOf(fields);
  return {
    block: {
      number,
      timestamp: fields.number("currentTimestamp", 64),
      coinbase: fields.address("currentCoinbase"),
      gasLimit: fields.number("currentGasLimit", 64),
      prevRandao: isMerged ? randomOf(fields) : wordOfNumber(difficulty ?? 0n),
      baseFee: fork.rules.hasBaseFee ? baseFeeOf(fields) : 0n,
      blobBaseFee: blobs && excessBlobGas !== undefined ? blobBaseFee(excessBlobGas, blobs) : 0n,
      chainId,
      blockHash: (of) => hashes.get(of) ?? zeroWord,
    },
    difficulty,
    excessBlobGas,
    parentBeaconRoot: fields.has("parentBeaconBlockRoot")
      ? fields.word("parentBeaconBlockRoot")
      : undefined,
    parentHash: hashes.get(number - 1n),
    hasWithdrawals: fields.has("withdrawals"),
    withdrawals: fields.has("withdrawals") ? fields.list("withdrawals").map(readWithdrawal) : [],
    ommers: fields.has("ommers") ? fields.list("ommers").map(readOmmer) : [],
  };
}

function randomOf(fields: JsonFields): Uint8Array {
  return fields.has("currentRandom") ? fields.word("currentRandom") : zeroWord;
}

function hashesOf(fields: JsonFields): ReadonlyMap<bigint, Uint8Array> {
  const hashes = new Map<bigint, Uint8Array>();
  const entries = fields.has("blockHashes") ? fields.object("blockHashes").entries() : [];
  for (const [number, hash] of entries) hashes.set(BigInt(number), wordOf(hash) ?? zeroWord);
  return hashes;
}

function baseFeeOf(fields: JsonFields): bigint {
  if (fields.has("currentBaseFee")) return fields.number("currentBaseFee");
  return nextBaseFee({
    gasLimit: fields.number("parentGasLimit", 64),
    gasUsed: fields.number("parentGasUsed", 64),
    baseFee: fields.number("parentBaseFee"),
  });
}

/** Keccak-256 of the RLP of no ommers. */
const noOmmers = bytesOfHex("1dcc4de8dec75d7aab85b567b6ccd41ad312451b948a7413f0a142fd40d49347");

function difficultyOf(fields: JsonFields, { fork }: LabelledFork): bigint {
  if (fields.has("currentDifficulty")) return fields.number("currentDifficulty");
  const uncles = fields.has("parentUncleHash") ? fields.word("parentUncleHash") : noOmmers;
  return nextDifficulty(
    {
      number: fields.number("currentNumber", 64),
      timestamp: fields.number("currentTimestamp", 64),
      parentDifficulty: fields.number("parentDifficulty"),
      parentTimestamp: fields.number("parentTimestamp", 64),
      hasParentOmmers: !areEqual(uncles, noOmmers) && uncles.some((byte) => byte !== 0),
    },
    fork,
  );
}

function excessOf(fields: JsonFields, labelled: LabelledFork): bigint | undefined {
  const { blobs: own, blobBaseCost } = transitionRules(labelled.fork);
  const blobs = labelled.blobs ?? own;
  if (blobs === undefined) return undefined;
  if (fields.has("currentExcessBlobGas")) return fields.number("currentExcessBlobGas", 64);
  const parent = {
    excessBlobGas: fields.numberOr("parentExcessBlobGas", 0n),
    blobGasUsed: fields.numberOr("parentBlobGasUsed", 0n),
    baseFee: fields.numberOr("parentBaseFee", 0n),
  };
  return nextExcessBlobGas(parent, { blobs, blobBaseCost });
}

function readWithdrawal(value: unknown): Withdrawal {
  const fields = new JsonFields(value, "env.withdrawals");
  return {
    index: fields.number("index", 64),
    validatorIndex: fields.number("validatorIndex", 64),
    address: fields.address("address"),
    amount: fields.number("amount", 64),
  };
}

function readOmmer(value: unknown): Ommer {
  const fields = new JsonFields(value, "env.ommers");
  return { address: fields.address("address"), delta: fields.number("delta", 8) };
}

import { raise } from "@bedplate/errors";
import { defineSchema, type Schema, Type } from "@bedplate/schema";
import type { BlockContext } from "../engine.ts";
import { type Fork, type ForkName, forkOf } from "../forks/fork.ts";
import { bytesOfHex, zeroWord } from "../transition/bytes.ts";
import type { BlockRecord } from "./block-record.ts";
import { forkType } from "./config.ts";

/** The rules of a chain, as its artifact writes them. Numbers of wei are texts. */
interface ChainText {
  readonly format: "evm-chain/1";
  readonly chainId: number;
  readonly fork: ForkName;
  /** Gas of a block. */
  readonly gasLimit: number;
  /** Wei per gas that are burnt in the first block; from 0 on nothing ever is. */
  readonly baseFee: string;
  readonly blobBaseFee: string;
  /** Who gets what is paid beyond the base fee. */
  readonly coinbase: string;
  /** Whether whoever submits may name a sender instead of its signature. */
  readonly unsigned: boolean;
}

/** The rules of a chain. */
export interface Chain {
  readonly fork: Fork;
  readonly chainId: bigint;
  readonly gasLimit: bigint;
  readonly baseFee: bigint;
  readonly blobBaseFee: bigint;
  readonly coinbase: Uint8Array;
  readonly unsigned: boolean;
}

const wei = (value: string) =>
  Type.String({ pattern: "^(0x[0-9a-fA-F]{1,64}|[0-9]{1,77})$", default: value });

const chainSchema: Schema<ChainText> = defineSchema(
  Type.Object(
    {
      format: Type.Literal("evm-chain/1"),
      chainId: Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER }),
      fork: forkType,
      gasLimit: Type.Integer({ minimum: 21_000, maximum: 2 ** 40, default: 30_000_000 }),
      baseFee: wei("0"),
      blobBaseFee: wei("1"),
      coinbase: Type.String({ pattern: "^0x[0-9a-fA-F]{40}$", default: `0x${"00".repeat(20)}` }),
      unsigned: Type.Boolean({ default: false }),
    },
    { additionalProperties: false },
  ),
);

/** Reads the text of a chain. */
export function readChain(text: string): Chain {
  const parsed = chainSchema.parse(readJson(text), { what: "the chain", op: "evm.chain" });
  const fork = forkOf(parsed.fork);
  if (!fork.rules.destroysOnlyCreated) throw tooOld(parsed.fork);
  return {
    fork,
    chainId: BigInt(parsed.chainId),
    gasLimit: BigInt(parsed.gasLimit),
    baseFee: BigInt(parsed.baseFee),
    blobBaseFee: BigInt(parsed.blobBaseFee),
    coinbase: bytesOfHex(parsed.coinbase.slice(2)),
    unsigned: parsed.unsigned,
  };
}

/** What a run's clock and chance are inside the EVM. */
export interface Moment {
  /** Epoch milliseconds. */
  readonly now: number;
  readonly seed: Uint8Array;
}

/**
 * The block that a transaction is in. Where none is open it has one for itself: the timestamp is the run's
 * time in seconds, the number is the same, PREVRANDAO is the run's seed, and no earlier block is known.
 * Hashes of earlier blocks are the state's (`StateWorld`).
 */
export function blockOf(
  chain: Omit<Chain, "fork" | "unsigned">,
  { now, seed }: Moment,
  opened?: BlockRecord,
): BlockContext {
  if (opened !== undefined) return sharedBlock(chain, opened);
  const seconds = BigInt(Math.max(0, Math.floor(now / 1_000)));
  return {
    number: seconds,
    timestamp: seconds,
    coinbase: chain.coinbase,
    gasLimit: chain.gasLimit,
    prevRandao: seed,
    baseFee: chain.baseFee,
    blobBaseFee: chain.blobBaseFee,
    chainId: chain.chainId,
    blockHash: () => zeroWord,
  };
}

function sharedBlock(
  { coinbase, baseFee, blobBaseFee, chainId }: Omit<Chain, "fork" | "unsigned">,
  opened: BlockRecord,
): BlockContext {
  const { number, timestamp, gasLimit, prevRandao } = opened;
  // An unsigned transaction pays nothing, whatever the block asks.
  const fee = baseFee === 0n ? 0n : opened.baseFee;
  const header = { number, timestamp, gasLimit, prevRandao, baseFee: fee };
  return { ...header, coinbase, blobBaseFee, chainId, blockHash: () => zeroWord };
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw raise("argument.invalid", {
      op: "evm.chain",
      detail: { path: "", rule: "JSON" },
      message: "Cannot read the chain: it is no JSON",
      cause,
    });
  }
}

/** There SELFDESTRUCT removes storage whose keys nobody knows. */
function tooOld(fork: string): Error {
  return raise("argument.invalid", {
    op: "evm.chain",
    detail: { path: "/fork", rule: "cancun or later" },
    message: `Cannot read the chain: its fork is ${fork}, and state is kept by the rules of cancun or later`,
  });
}

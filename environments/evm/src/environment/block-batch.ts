import {
  type BatchClosing,
  type BatchEntries,
  type BatchOpening,
  type BatchTerms,
  batchClosingSchema,
  batchOpeningSchema,
  type Call,
  type Execution,
  type Invocation,
  noUsage,
  type StateReader,
  type StateWrite,
} from "@bedplate/environment";
import type { Account } from "../engine.ts";
import { areEqual, bytesOfHex, noBytes, numberOfBytes, zeroWord } from "../transition/bytes.ts";
import { nextBaseFee } from "../transition/fees.ts";
import type { Keccak256 } from "../transition/transition-crypto.ts";
import { blockHashKey, blockKey, tipsKey } from "./block-keys.ts";
import {
  type BlockRecord,
  blockHashOf,
  decodeBlock,
  encodeBlock,
  encodeHash,
} from "./block-record.ts";
import type { Chain } from "./chain.ts";
import { badInput } from "./invocation-faults.ts";
import { accountKey, decodeAccount, encodeAccount } from "./state-keys.ts";
import { brokenState, emptyCodeHash } from "./state-world.ts";

/** The entries by which a batch of a chain's transactions becomes a block. */
export const batchEntries: BatchEntries = { opens: "open-batch", closes: "close-batch" };

interface BatchWork {
  readonly chain: Chain;
  readonly invocation: Invocation;
  readonly reads: StateReader;
  readonly call: Call;
  readonly keccak256: Keccak256;
}

/** Begins a block: its header is there for the transactions, and the hash of the one before. */
export async function openBlock(work: BatchWork): Promise<Execution> {
  const { chain, invocation, keccak256 } = work;
  const opening = parse(batchOpeningSchema, invocation.input, "the opening") as BatchOpening;
  const last = await lastBlock(work);
  const parent = closedParent(last);
  const parentHash =
    parent === undefined ? zeroWord : blockHashOf(parent, { root: rootBytes(opening), keccak256 });
  const block: BlockRecord = {
    number: BigInt(opening.number),
    timestamp: BigInt(Math.max(0, Math.floor(invocation.now / 1_000))),
    gasLimit: chain.gasLimit,
    baseFee: baseFeeAfter(chain, parent),
    prevRandao: invocation.seed,
    parentHash,
  };
  const writes: StateWrite[] = [{ key: blockKey(chain.chainId), value: encodeBlock(block) }];
  if (parent !== undefined) {
    const key = blockHashKey(chain.chainId, parent.number);
    writes.push({ key, value: encodeHash(parent.number, parentHash) });
  }
  const terms: BatchTerms = { fuelMax: Number(chain.gasLimit) };
  return returned(writes, JSON.stringify(terms));
}

/** Ends a block: says how much gas it used, and pays its coinbase what the transactions owed. */
export async function closeBlock(work: BatchWork): Promise<Execution> {
  const { chain, invocation } = work;
  const closing = parse(batchClosingSchema, invocation.input, "the closing") as BatchClosing;
  const block = await lastBlock(work);
  if (block === undefined || block.gasUsed !== undefined) throw badInput("closes no open block");
  const closed = { ...block, gasUsed: BigInt(closing.fuel) };
  const writes = [{ key: blockKey(chain.chainId), value: encodeBlock(closed) }];
  return returned([...writes, ...(await paidTips(work))], "");
}

/** The header that holds for transactions now; nothing while no block is open. */
export async function openedBlock(
  chain: Chain,
  means: { readonly reads: StateReader; readonly call: Call },
): Promise<BlockRecord | undefined> {
  const block = await lastBlock({ chain, ...means });
  return block?.gasUsed === undefined ? block : undefined;
}

/** What the next block of the chain will ask as its base fee, after the last one. */
export async function nextBlockBaseFee(
  chain: Chain,
  means: { readonly reads: StateReader; readonly call: Call },
): Promise<bigint> {
  return baseFeeAfter(chain, closedParent(await lastBlock({ chain, ...means })));
}

type Parent = BlockRecord & { readonly gasUsed: bigint };

/** A block that was never closed did not end: nothing follows on it. */
function closedParent(block: BlockRecord | undefined): Parent | undefined {
  const { gasUsed } = block ?? {};
  return block === undefined || gasUsed === undefined ? undefined : { ...block, gasUsed };
}

/** A chain whose first base fee is 0 has no market for fees: it stays 0 (EIP-1559 otherwise). */
function baseFeeAfter(chain: Chain, parent: Parent | undefined): bigint {
  if (parent === undefined || chain.baseFee === 0n) return chain.baseFee;
  return nextBaseFee(parent);
}

async function lastBlock({
  chain,
  reads,
  call,
}: Pick<BatchWork, "chain" | "reads" | "call">): Promise<BlockRecord | undefined> {
  const key = blockKey(chain.chainId);
  const bytes = await valueAt(key, { reads, call });
  return bytes === null ? undefined : (decodeBlock(bytes) ?? brokenState("last block", key));
}

async function paidTips({ chain, reads, call }: BatchWork): Promise<readonly StateWrite[]> {
  const { coinbase } = chain;
  const [account, tips] = [accountKey(coinbase), tipsKey(coinbase)];
  const owed = numberOfBytes((await valueAt(tips, { reads, call })) ?? noBytes);
  const bytes = await valueAt(account, { reads, call });
  const before = bytes === null ? undefined : decodeAccount(bytes);
  const after: Account = before ?? { nonce: 0n, balance: 0n, codeHash: emptyCodeHash };
  const paid = { ...after, balance: after.balance + owed };
  const isEmpty =
    paid.balance === 0n && paid.nonce === 0n && areEqual(paid.codeHash, emptyCodeHash);
  // Every transaction touches the coinbase, and what is touched and empty goes (EIP-158).
  if (isEmpty) return before === undefined ? [] : [{ key: account, value: null }];
  if (owed === 0n) return [];
  return [
    { key: account, value: encodeAccount(paid) },
    { key: tips, value: null },
  ];
}

async function valueAt(
  key: Uint8Array,
  { reads, call }: Pick<BatchWork, "reads" | "call">,
): Promise<Uint8Array | null> {
  if (reads.peek(key) === undefined) await reads.load([key], call);
  return reads.peek(key) ?? null;
}

function returned(writes: readonly StateWrite[], output: string): Execution {
  return {
    outcome: { kind: "returned", output: new TextEncoder().encode(output) },
    usage: noUsage,
    writes: [...writes].sort((a, b) => Buffer.compare(a.key, b.key)),
    events: [],
  };
}

function parse(
  schema: { parse(value: unknown, options: { what: string; op: string }): unknown },
  input: Uint8Array,
  what: string,
): unknown {
  try {
    const value = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(input)) as unknown;
    return schema.parse(value, { what, op: "instance.invoke" });
  } catch (cause) {
    throw badInput(`is not ${what} of a batch`, cause);
  }
}

/** Ethereum's root is 32 bytes in hexadecimal; another one counts as its text. */
function rootBytes({ root }: BatchOpening): Uint8Array {
  const isHash = /^0x[0-9a-f]{64}$/.test(root);
  return isHash ? bytesOfHex(root.slice(2)) : new TextEncoder().encode(root);
}

import { globSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { portableCrypto } from "../src/crypto/index.ts";
import type { Account, Context, Message } from "../src/engine.ts";
import { forkOf } from "../src/forks/fork.ts";

/** A state test of one transaction, as the message that it sends. */
export interface Program {
  readonly name: string;
  readonly message: Message;
  readonly context: Context;
  /** Code by address, both hexadecimal with 0x. */
  readonly codes: ReadonlyMap<string, string>;
}

interface TestAccount {
  readonly nonce: string;
  readonly balance: string;
  readonly code: string;
}

interface Test {
  readonly env: { readonly currentCoinbase: string; readonly currentTimestamp: string };
  readonly pre: Readonly<Record<string, TestAccount>>;
  readonly transaction: {
    readonly sender: string;
    readonly to: string;
    readonly data: readonly string[];
  };
}

/** More than any of the programs needs, and what the native peer is started with. */
export const gasLimit: bigint = 100_000_000_000n;
const zeros = new Uint8Array(32);

/** The programs in `evm/bench` of the folder that BEDPLATE_VECTORS names. */
export function readPrograms(pattern: RegExp): readonly Program[] {
  const vectors =
    process.env["BEDPLATE_VECTORS"] ?? join(import.meta.dirname, "../../../../shared/data");
  const files = globSync(join(vectors, "evm/bench/*.json")).sort();
  const selected = files.filter((path) => pattern.test(basename(path)));
  if (selected.length === 0) process.stderr.write(`No program is in ${vectors}/evm/bench\n`);
  return selected.map((path) => {
    const [test] = Object.values(JSON.parse(readFileSync(path, "utf8")) as Record<string, Test>);
    return programOf(basename(path, ".json"), test as Test);
  });
}

function programOf(name: string, { env, pre, transaction }: Test): Program {
  const accounts = new Map<string, Account>();
  const codes = new Map<string, Uint8Array>([[hashHex(new Uint8Array()), new Uint8Array()]]);
  for (const [address, { nonce, balance, code }] of Object.entries(pre)) {
    const bytes = bytesOf(code);
    codes.set(hashHex(bytes), bytes);
    const codeHash = portableCrypto.keccak256(bytes);
    accounts.set(address.slice(2), { nonce: BigInt(nonce), balance: BigInt(balance), codeHash });
  }
  const sender = bytesOf(transaction.sender);
  const message: Message = {
    kind: "call",
    sender,
    to: bytesOf(transaction.to),
    value: 0n,
    input: bytesOf(transaction.data[0] as string),
    gas: gasLimit,
  };
  const block = {
    number: 1n,
    timestamp: BigInt(env.currentTimestamp),
    coinbase: bytesOf(env.currentCoinbase),
    gasLimit,
    prevRandao: zeros,
    baseFee: 0n,
    blobBaseFee: 1n,
    chainId: 1n,
    blockHash: () => zeros,
  };
  const world = {
    account: (address: Uint8Array) => accounts.get(hex(address)),
    code: (hash: Uint8Array) => codes.get(hex(hash)) as Uint8Array,
    storage: () => zeros,
  };
  const warm = { addresses: [sender, message.to], slots: [] };
  const fork = forkOf("cancun");
  const context = { fork, block, origin: sender, gasPrice: 0n, blobHashes: [], world, warm };
  const written = Object.entries(pre).filter(([, { code }]) => code.length > 2);
  return { name, message, context, codes: new Map(written.map(([at, { code }]) => [at, code])) };
}

function bytesOf(text: string): Uint8Array {
  return Uint8Array.from(Buffer.from(text.slice(2), "hex"));
}

export function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}

function hashHex(bytes: Uint8Array): string {
  return hex(portableCrypto.keccak256(bytes));
}

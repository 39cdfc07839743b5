import type { BlockContext, Message, MessageResult, Tracer } from "../engine.ts";
import type { Fork } from "../forks/fork.ts";
import type { OpenEngine } from "../open-engine.ts";
import { concatenated, zeroWord } from "../transition/bytes.ts";
import { MemoryWorld, type PlainAccount } from "../transition/memory-world.ts";
import { creationAddress } from "../transition/transition-crypto.ts";

/** Code to execute once, without a transaction around it: all the gas is the code's. */
export interface CodeRun {
  readonly fork: Fork;
  /** What runs at `to`; with `isCreation` the init code. */
  readonly code: Uint8Array;
  /** Call data; with `isCreation` it follows the init code. */
  readonly input: Uint8Array;
  readonly gas: bigint;
  /** Wei. */
  readonly value: bigint;
  /** Wei per gas. */
  readonly gasPrice: bigint;
  readonly sender: Uint8Array;
  readonly to: Uint8Array;
  readonly isCreation: boolean;
  /** Accounts that are there; the code's own and a rich sender are added where they are not. */
  readonly accounts: readonly PlainAccount[];
  readonly tracer?: Tracer | undefined;
  /** `performance.now()` in milliseconds. */
  readonly deadline?: number | undefined;
}

/** Wei of a sender that nobody wrote down. */
const richBalance = 1n << 128n;

export async function runCode(
  run: CodeRun,
  { messages, crypto }: Pick<OpenEngine, "messages" | "crypto">,
): Promise<MessageResult> {
  const { sender, to, isCreation, input, code } = run;
  const keccak256 = (bytes: Uint8Array): Uint8Array => crypto.keccak256(bytes);
  const accounts = accountsOf(run);
  // The nonce of a creation is taken before its message.
  const nonce = (accounts.get(hex(sender))?.nonce ?? 1n) - 1n;
  const target = isCreation ? creationAddress({ sender, nonce }, keccak256) : to;
  const message: Message = {
    kind: isCreation ? "create" : "call",
    sender,
    to: target,
    value: run.value,
    input: isCreation ? concatenated([code, input]) : input,
    gas: run.gas,
  };
  return await messages.execute(message, {
    fork: run.fork,
    block: emptyBlock,
    origin: sender,
    gasPrice: run.gasPrice,
    blobHashes: [],
    world: MemoryWorld.of([...accounts.values()], keccak256),
    warm: { addresses: [sender, target], slots: [] },
    tracer: run.tracer,
    deadline: run.deadline,
  });
}

function accountsOf(run: CodeRun): ReadonlyMap<string, PlainAccount> {
  const { sender, to, code, isCreation } = run;
  const accounts = new Map(run.accounts.map((account) => [hex(account.address), account]));
  const nothing = { nonce: 0n, balance: 0n, code: new Uint8Array(0), storage: [] };
  const payer = accounts.get(hex(sender)) ?? { ...nothing, address: sender, balance: richBalance };
  accounts.set(hex(sender), { ...payer, nonce: payer.nonce + 1n });
  const callee = accounts.get(hex(to)) ?? { ...nothing, address: to };
  if (!isCreation && code.length > 0) accounts.set(hex(to), { ...callee, code });
  return accounts;
}

function hex(address: Uint8Array): string {
  return Buffer.from(address).toString("hex");
}

const emptyBlock: BlockContext = {
  number: 0n,
  timestamp: 0n,
  coinbase: new Uint8Array(20),
  gasLimit: (1n << 63n) - 1n,
  prevRandao: zeroWord,
  baseFee: 0n,
  blobBaseFee: 1n,
  chainId: 1n,
  blockHash: () => zeroWord,
};

import { portableCrypto } from "../../src/crypto/portable/portable-crypto.ts";
import type { Context, Message, MessageResult, WorldReader } from "../../src/engine.ts";
import { type ForkName, forkOf } from "../../src/forks/fork.ts";

export const contract: Uint8Array = new Uint8Array(20).fill(0xcc);
export const caller: Uint8Array = new Uint8Array(20).fill(0xaa);
const zeros = new Uint8Array(32);

/** A world of two accounts: a caller with money, and the contract. */
export function worldOf(code: Uint8Array): WorldReader {
  const codeHash = portableCrypto.keccak256(code);
  const emptyHash = portableCrypto.keccak256(new Uint8Array());
  const accounts = new Map([
    [hex(contract), { nonce: 1n, balance: 7n, codeHash }],
    [hex(caller), { nonce: 1n, balance: 10n ** 18n, codeHash: emptyHash }],
  ]);
  return {
    account: (address) => accounts.get(hex(address)),
    code: (hash) => (hex(hash) === hex(codeHash) ? code : new Uint8Array()),
    storage: (_, slot) => (slot[31] === 1 ? Uint8Array.from([...zeros.subarray(1), 9]) : zeros),
  };
}

export interface CallOptions {
  readonly gas?: bigint | undefined;
  readonly input?: Uint8Array | undefined;
  readonly fork?: ForkName | undefined;
  readonly deadline?: number | undefined;
  readonly world?: WorldReader | undefined;
}

/** A call of the code, as a message and its context. */
export function callOf(code: Uint8Array, options: CallOptions = {}): [Message, Context] {
  const { gas = 500_000n, input = new Uint8Array(40).fill(0x5a), fork = "osaka" } = options;
  const message: Message = { kind: "call", sender: caller, to: contract, value: 3n, input, gas };
  const block = {
    number: 1_000n,
    timestamp: 1_700_000_000n,
    coinbase: new Uint8Array(20).fill(0xcb),
    gasLimit: 30_000_000n,
    prevRandao: zeros.slice().fill(0xd1),
    baseFee: 7n,
    blobBaseFee: 1n,
    chainId: 1n,
    blockHash: (number: bigint) => portableCrypto.keccak256(Uint8Array.of(Number(number & 0xffn))),
  };
  const context: Context = {
    fork: forkOf(fork),
    block,
    origin: caller,
    gasPrice: 10n,
    blobHashes: [zeros.slice().fill(1)],
    world: options.world ?? worldOf(code),
    warm: { addresses: [caller, contract], slots: [] },
    ...(options.deadline !== undefined && { deadline: options.deadline }),
  };
  return [message, context];
}

/** A result in a form that compares and prints; without the failure's name, which tiers may see apart. */
export function visibleOf(result: MessageResult): unknown {
  return JSON.parse(
    JSON.stringify({ ...result, failure: undefined }, (_, value: unknown) => {
      if (typeof value === "bigint") return value.toString();
      return value instanceof Uint8Array ? hex(value) : value;
    }),
  );
}

export function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}

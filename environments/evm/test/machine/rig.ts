import { portableCrypto } from "../../src/crypto/portable/portable-crypto.ts";
import type { Context, Message, MessageResult } from "../../src/engine.ts";
import { type ForkName, forkOf } from "../../src/forks/fork.ts";
import { CompiledEngine } from "../../src/machine/compiled-engine.ts";
import { MemoryWorld, type PlainAccount } from "../../src/transition/memory-world.ts";

export const keccak256 = (bytes: Uint8Array): Uint8Array => portableCrypto.keccak256(bytes);

/** 20 bytes that end with the number. */
export function addressOf(number: number): Uint8Array {
  const address = new Uint8Array(20);
  new DataView(address.buffer).setUint32(16, number);
  return address;
}

export function word(value: bigint): Uint8Array {
  const hex = BigInt.asUintN(256, value).toString(16).padStart(64, "0");
  return Uint8Array.from(Buffer.from(hex, "hex"));
}

export function code(hex: string): Uint8Array {
  return Uint8Array.from(Buffer.from(hex.replaceAll(/\s/g, ""), "hex"));
}

/** An interpreter without tier 1. */
export function interpreter(options: { readonly memoryMaxMiB?: number } = {}): CompiledEngine {
  return new CompiledEngine({ crypto: portableCrypto, tierOne: "off", ...options });
}

export const sender: Uint8Array = addressOf(0xabcd);
export const callee: Uint8Array = addressOf(0xc0de);

export interface Run {
  readonly code: Uint8Array;
  readonly engine: CompiledEngine;
  readonly fork?: ForkName;
  readonly gas?: bigint;
  readonly input?: Uint8Array;
  readonly value?: bigint;
  readonly others?: readonly PlainAccount[];
  readonly context?: Partial<Context>;
  readonly message?: Partial<Message>;
}

/** A world with the sender, the callee and others. */
export function worldOf(run: Pick<Run, "code" | "others">): MemoryWorld {
  const plain = { nonce: 1n, storage: [] };
  return MemoryWorld.of(
    [
      { ...plain, address: sender, balance: 10n ** 20n, code: new Uint8Array() },
      { ...plain, address: callee, balance: 5n, code: run.code },
      ...(run.others ?? []),
    ],
    keccak256,
  );
}

export function contextOf(run: Run): Context {
  return {
    fork: forkOf(run.fork ?? "osaka"),
    block: {
      number: 1_000n,
      timestamp: 1_700_000_000n,
      coinbase: addressOf(0xbeef),
      gasLimit: 30_000_000n,
      prevRandao: word(77n),
      baseFee: 7n,
      blobBaseFee: 1n,
      chainId: 1n,
      blockHash: (number) => word(number),
    },
    origin: sender,
    gasPrice: 10n,
    blobHashes: [],
    world: worldOf(run),
    warm: { addresses: [sender, callee], slots: [] },
    ...run.context,
  };
}

/** Calls the code. */
export function execute(run: Run): MessageResult {
  const message: Message = {
    kind: "call",
    sender,
    to: callee,
    value: run.value ?? 0n,
    input: run.input ?? new Uint8Array(),
    gas: run.gas ?? 10_000_000n,
    ...run.message,
  };
  return run.engine.execute(message, contextOf(run));
}

/** The code that answers the top item. */
export const answerTop = "5f5260205ff3";

export function numberOf(bytes: Uint8Array): bigint {
  return bytes.length === 0 ? 0n : BigInt(`0x${Buffer.from(bytes).toString("hex")}`);
}

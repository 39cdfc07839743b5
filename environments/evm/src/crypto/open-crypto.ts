import {
  type Crypto,
  type CryptoOperation,
  type CryptoProvider,
  cryptoOperations,
} from "./crypto.ts";
import { flatCall } from "./flat-call.ts";
import { knownAnswers } from "./known-answers.ts";
import { openMclProvider } from "./mcl/mcl-provider.ts";
import { openNativeSecp256k1 } from "./native/native-secp256k1.ts";
import { nodeHashes } from "./native/node-hashes.ts";
import { portableCrypto } from "./portable/portable-crypto.ts";
import { openWasmHashes } from "./wasm-hash/wasm-hashes.ts";

/** The cryptography that was chosen, and how. */
export interface ChosenCrypto {
  readonly crypto: Crypto;
  /** The provider of each operation. */
  readonly providers: Readonly<Record<CryptoOperation, string>>;
  /** Why a provider is not used, or not for some operation. */
  readonly refusals: readonly CryptoRefusal[];
}

export interface CryptoRefusal {
  readonly provider: string;
  readonly reason: string;
}

export interface CryptoOptions {
  /** `portable` leaves out everything but JavaScript; the default is the fastest that is there. */
  readonly preference?: "fastest" | "portable" | undefined;
}

const portableName = "noble";

/**
 * Chooses a provider for each operation: the fastest that is installed, loads on this machine and gives
 * the known answer. What is missing is no fault, since the portable provider has everything.
 */
export async function openCrypto(options: CryptoOptions = {}): Promise<ChosenCrypto> {
  const isPortable = options.preference === "portable";
  const opened = isPortable ? [] : await Promise.all(fastProviders.map(open));
  const refusals = opened.flatMap((each) => ("reason" in each ? [each] : []));
  const ready = opened.flatMap((each) => ("operations" in each ? [each] : []));
  const choices = cryptoOperations.map((operation) => choose(operation, ready));
  return {
    crypto: Object.fromEntries(
      choices.map(({ operation, provider }) => [operation, provider.operations[operation]]),
    ) as unknown as Crypto,
    providers: Object.fromEntries(
      choices.map(({ operation, provider }) => [operation, provider.name]),
    ) as Record<CryptoOperation, string>,
    refusals: [...refusals, ...choices.flatMap((each) => each.refusals)],
  };
}

/** Fastest first, as `bench/crypto.bench.ts` measures them; where two have one operation, the first has it. */
const fastProviders: readonly FastProvider[] = [
  { name: "wasm", open: openWasmHashes },
  { name: "node:crypto", open: () => nodeHashes },
  { name: "secp256k1", open: openNativeSecp256k1 },
  { name: "mcl-wasm", open: openMclProvider },
];

interface FastProvider {
  readonly name: string;
  readonly open: () => CryptoProvider | Promise<CryptoProvider>;
}

/** All fast providers that work here, for benches and comparisons. */
export async function openFastProviders(): Promise<readonly CryptoProvider[]> {
  const opened = await Promise.all(fastProviders.map(open));
  return opened.flatMap((each) => ("operations" in each ? [each] : []));
}

async function open({ name, open: start }: FastProvider): Promise<CryptoProvider | CryptoRefusal> {
  try {
    return await start();
  } catch (error) {
    const [reason = "no reason"] = String(error instanceof Error ? error.message : error).split(
      "\n",
    );
    return { provider: name, reason };
  }
}

interface Choice {
  readonly operation: CryptoOperation;
  readonly provider: CryptoProvider;
  readonly refusals: readonly CryptoRefusal[];
}

function choose(operation: CryptoOperation, providers: readonly CryptoProvider[]): Choice {
  const refusals: CryptoRefusal[] = [];
  for (const provider of providers) {
    if (provider.operations[operation] === undefined) continue;
    if (answersRight(operation, provider)) return { operation, provider, refusals };
    refusals.push({ provider: provider.name, reason: `${operation} gives a wrong answer` });
  }
  return { operation, provider: { name: portableName, operations: portableCrypto }, refusals };
}

function answersRight(operation: CryptoOperation, { operations }: CryptoProvider): boolean {
  const { input, answer } = knownAnswers[operation];
  try {
    const crypto = operations as Crypto;
    return flatCall(crypto, { operation, input: Buffer.from(input, "hex") }) === answer;
  } catch {
    return false;
  }
}

import { raise } from "@bedplate/errors";
import type { TierOneMode } from "./compile/tier-one.ts";
import type { Crypto } from "./crypto/crypto.ts";
import { sharedCrypto } from "./crypto/shared-crypto.ts";
import type { Context, Message, MessageResult } from "./engine.ts";
import { CompiledEngine } from "./machine/compiled-engine.ts";
import { EngineTransactor } from "./transition/engine-transactor.ts";
import type { Transactor } from "./transition/transactor.ts";

/** Executes single messages; an engine, or what answers later. */
export interface MessageRunner extends Disposable {
  execute(message: Message, context: Context): MessageResult | Promise<MessageResult>;
}

/** One engine with everything that tools need around it. */
export interface OpenEngine extends Disposable {
  readonly name: EngineName;
  readonly transactor: Transactor;
  readonly messages: MessageRunner;
  readonly crypto: Crypto;
}

export const engineNames = ["compiled", "reference"] as const;

export type EngineName = (typeof engineNames)[number];

export interface OpenEngineOptions {
  /** When the compiled engine compiles; `off` leaves everything to its interpreter. */
  readonly tierOne?: TierOneMode | "off" | undefined;
  /** Linear memory of one execution of the compiled engine. */
  readonly memoryMaxMiB?: number | undefined;
}

/** Opens an engine by its name; the reference is loaded only where it is asked for. */
export async function openEngine(
  name: string,
  { tierOne, memoryMaxMiB }: OpenEngineOptions = {},
): Promise<OpenEngine> {
  const crypto = await sharedCrypto();
  if (name === "compiled") {
    const engine = new CompiledEngine({ crypto, tierOne, memoryMaxMiB });
    const transactor = new EngineTransactor(engine, crypto);
    return opened("compiled", { transactor, messages: engine, crypto });
  }
  if (name === "reference") {
    const { ReferenceTransactor } = await import("./reference/reference-transactor.ts");
    const { ReferenceMessages } = await import("./reference/reference-messages.ts");
    const messages = new ReferenceMessages(crypto);
    return opened("reference", { transactor: new ReferenceTransactor(crypto), messages, crypto });
  }
  throw raise("argument.invalid", {
    op: "evm.engine",
    detail: { path: "engine", rule: "known engine" },
    message: `Cannot use the engine ${name}: known are ${engineNames.join(", ")}`,
  });
}

function opened(
  name: EngineName,
  parts: { transactor: Transactor; messages: MessageRunner; crypto: Crypto },
): OpenEngine {
  return {
    name,
    ...parts,
    [Symbol.dispose]: () => {
      parts.transactor[Symbol.dispose]();
      parts.messages[Symbol.dispose]();
    },
  };
}

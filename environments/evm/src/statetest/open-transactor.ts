import { raise } from "@bedplate/errors";
import type { Crypto } from "../crypto/crypto.ts";
import { portableCrypto } from "../crypto/portable/portable-crypto.ts";
import type { Transactor } from "../transition/transactor.ts";

export interface OpenTransactor {
  readonly transactor: Transactor;
  readonly crypto: Crypto;
}

export const engineNames = ["compiled", "reference"] as const;

/** Opens the transactor of an engine by its name; the reference is loaded only where it is asked for. */
export async function openTransactor(engine: string): Promise<OpenTransactor> {
  const crypto = portableCrypto;
  if (engine === "reference") {
    const { ReferenceTransactor } = await import("../reference/reference-transactor.ts");
    return { transactor: new ReferenceTransactor(crypto), crypto };
  }
  throw raise("argument.invalid", {
    op: "evm.engine",
    detail: { path: "engine", rule: "known engine" },
    message: `Cannot use the engine ${engine}: known are ${engineNames.join(", ")}`,
  });
}

import { raise } from "@bedplate/errors";
import type { Transactor } from "../transition/transactor.ts";
import {
  portableTransitionCrypto,
  type TransitionCrypto,
} from "../transition/transition-crypto.ts";

export interface OpenTransactor {
  readonly transactor: Transactor;
  readonly crypto: TransitionCrypto;
}

export const engineNames = ["compiled", "reference"] as const;

/** Opens the transactor of an engine by its name; the reference is loaded only where it is asked for. */
export async function openTransactor(engine: string): Promise<OpenTransactor> {
  const crypto = portableTransitionCrypto;
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

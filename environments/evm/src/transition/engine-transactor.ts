import type { Engine, WorldReader } from "../engine.ts";
import { prepareTransaction } from "./prepare-transaction.ts";
import type { TransactionRequest, TransactionResult, Transactor } from "./transactor.ts";
import type { TransitionCrypto } from "./transition-crypto.ts";

/** Executes transactions: everything around the message here, the message itself on an engine. */
export class EngineTransactor implements Transactor {
  readonly name: "compiled" | "reference";
  readonly #engine: Engine;
  readonly #crypto: TransitionCrypto;

  constructor(engine: Engine, crypto: TransitionCrypto) {
    this.name = engine.name;
    this.#engine = engine;
    this.#crypto = crypto;
  }

  transact(request: TransactionRequest, world: WorldReader): TransactionResult {
    const prepared = prepareTransaction(request, { world, crypto: this.#crypto });
    if (!("message" in prepared)) return prepared;
    return prepared.finish(this.#engine.execute(prepared.message, prepared.context));
  }

  [Symbol.dispose](): void {
    this.#engine[Symbol.dispose]();
  }
}

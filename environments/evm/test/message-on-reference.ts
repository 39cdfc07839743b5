import type { WorldReader } from "../src/engine.ts";
import { ReferenceMessages } from "../src/reference/reference-messages.ts";
import { prepareTransaction } from "../src/transition/prepare-transaction.ts";
import type {
  TransactionRequest,
  TransactionResult,
  Transactor,
} from "../src/transition/transactor.ts";
import type { TransitionCrypto } from "../src/transition/transition-crypto.ts";

/** The own transition around messages of the reference implementation: proves the transition alone. */
export class MessageOnReference implements Transactor {
  readonly name = "reference";
  readonly #crypto: TransitionCrypto;
  readonly #messages: ReferenceMessages;

  constructor(crypto: TransitionCrypto) {
    this.#crypto = crypto;
    this.#messages = new ReferenceMessages(crypto);
  }

  async transact(request: TransactionRequest, world: WorldReader): Promise<TransactionResult> {
    const prepared = prepareTransaction(request, { world, crypto: this.#crypto });
    if (!("message" in prepared)) return prepared;
    return prepared.finish(await this.#messages.execute(prepared.message, prepared.context));
  }

  [Symbol.dispose](): void {
    this.#messages[Symbol.dispose]();
  }
}

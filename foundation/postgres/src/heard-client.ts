import { reasonOf } from "@bedplate/provider";
import { Client, type ClientConfig } from "pg";

/**
 * A connection whose errors are always heard. The pool listens to it only while it is idle, and we
 * only while we use it; an engine that ends in between (at a failed connect, at the end of the pool)
 * would end this process with an unhandled `error` event.
 */
export class HeardClient extends Client {
  #loss: string | undefined;

  constructor(config?: string | ClientConfig) {
    super(config);
    this.on("error", (error) => {
      this.#loss ??= reasonOf(error);
    });
  }

  /** Why it is of no use any more, if it is. */
  get loss(): string | undefined {
    return this.#loss;
  }
}

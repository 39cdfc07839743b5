import { Client, type ClientConfig } from "pg";

/**
 * A connection whose errors are always heard. The pool listens to it only while it is idle, and we
 * only while we use it; an engine that ends in between (at a failed connect, at the end of the pool)
 * would end this process with an unhandled `error` event.
 */
export class HeardClient extends Client {
  constructor(config?: string | ClientConfig) {
    super(config);
    this.on("error", () => {});
  }
}

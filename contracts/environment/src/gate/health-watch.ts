import { raise } from "@bedplate/errors";
import type { Fingerprint } from "../environment-driver.ts";

/** Follows an environment's fingerprint from open to close, so that `create` can refuse early. */
export class HealthWatch {
  readonly #stop = new AbortController();
  #last: Fingerprint | undefined;

  /** The signal that ends the stream which `follow` reads. */
  get signal(): AbortSignal {
    return this.#stop.signal;
  }

  /** Reads until the stream ends; an error there is no reason to refuse work. */
  async follow(open: () => AsyncIterable<Fingerprint>): Promise<void> {
    try {
      for await (const each of open()) this.#last = each;
    } catch {
      // The next operation meets the same trouble and names it.
    }
  }

  /** Throws `environment.unhealthy` when the last fingerprint said so. */
  demandHealthy(op: string): void {
    if (this.#last === undefined || this.#last.isHealthy) return;
    const reason = this.#last.reason ?? "it does not say why";
    throw raise("environment.unhealthy", {
      op,
      detail: { reason },
      message: `Cannot do ${op}: the environment is not healthy: ${reason}`,
    });
  }

  end(): void {
    this.#stop.abort();
  }
}

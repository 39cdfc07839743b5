import type { Call, Fingerprint } from "@bedplate/environment";

/** The latest fingerprint of a pool, and everyone who follows it. */
export class HealthFeed {
  #latest: Fingerprint | undefined;
  #change = Promise.withResolvers<void>();

  set(fingerprint: Fingerprint): void {
    this.#latest = fingerprint;
    this.#change.resolve();
    this.#change = Promise.withResolvers<void>();
  }

  get latest(): Fingerprint | undefined {
    return this.#latest;
  }

  /** The latest at once, then one whenever it changes, until the signal aborts. */
  async *follow({ signal }: Call): AsyncGenerator<Fingerprint> {
    const aborted = new Promise<void>((resolve) => {
      if (signal.aborted) resolve();
      else signal.addEventListener("abort", () => resolve(), { once: true });
    });
    while (!signal.aborted) {
      const changed = this.#change.promise;
      if (this.#latest !== undefined) yield this.#latest;
      await Promise.race([changed, aborted]);
    }
  }
}

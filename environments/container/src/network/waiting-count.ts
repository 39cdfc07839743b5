/** Counts what waits, overall and for each client, and lets no more in than may wait. */
export class WaitingCount {
  readonly #bounds: { readonly overall: number; readonly each: number };
  readonly #byClient = new Map<string, number>();
  #overall = 0;

  constructor(bounds: { readonly overall: number; readonly each: number }) {
    this.#bounds = bounds;
  }

  /** Counts one in until it is disposed of; undefined where there are too many. */
  enter(client: string): Disposable | undefined {
    const own = this.#byClient.get(client) ?? 0;
    if (this.#overall >= this.#bounds.overall || own >= this.#bounds.each) return undefined;
    this.#overall += 1;
    this.#byClient.set(client, own + 1);
    return { [Symbol.dispose]: () => this.#leave(client) };
  }

  #leave(client: string): void {
    this.#overall -= 1;
    const left = (this.#byClient.get(client) ?? 1) - 1;
    if (left === 0) this.#byClient.delete(client);
    else this.#byClient.set(client, left);
  }
}

/** Counts by name; of what there is none, nothing is kept. */
export class Tally {
  readonly #counts = new Map<string, number>();

  of(name: string): number {
    return this.#counts.get(name) ?? 0;
  }

  add(name: string, change: 1 | -1): void {
    const next = this.of(name) + change;
    if (next <= 0) this.#counts.delete(name);
    else this.#counts.set(name, next);
  }
}

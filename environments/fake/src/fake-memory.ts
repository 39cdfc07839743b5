import { type Digest, digestValue } from "@bedplate/codec";

/** What a fake instance remembers: numbers by slot. */
export class FakeMemory {
  #slots: ReadonlyMap<string, number> = new Map();
  readonly #marks: { readonly id: string; readonly slots: ReadonlyMap<string, number> }[] = [];
  #markCount = 0;

  /** A copy for one run to work on. */
  fork(): Map<string, number> {
    return new Map(this.#slots);
  }

  keep(slots: ReadonlyMap<string, number>): void {
    this.#slots = new Map(slots);
  }

  mark(): { readonly id: string; readonly depth: number } {
    this.#markCount += 1;
    const id = `mark-${this.#markCount}`;
    this.#marks.push({ id, slots: this.#slots });
    return { id, depth: this.#marks.length };
  }

  /** Returns to the state at the mark; it and the inner ones die. */
  rewind(id: string): void {
    const at = this.#marks.findIndex((each) => each.id === id);
    const found = this.#marks[at];
    if (found === undefined) return;
    this.#slots = found.slots;
    this.#marks.splice(at);
  }

  /** Keeps the present state; the mark and the inner ones die. */
  settle(id: string): void {
    const at = this.#marks.findIndex((each) => each.id === id);
    if (at >= 0) this.#marks.splice(at);
  }

  digest(): Digest {
    const slots = [...this.#slots].sort(([a], [b]) => (a < b ? -1 : 1));
    return digestValue(slots.map(([name, value]) => [name, value]));
  }
}

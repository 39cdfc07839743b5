import { OrderedMap } from "./ordered-map.ts";

/** Digits of a time in a key, so that keys sort by it. */
const timeDigits = 16;

/** Which keys end when, in the order of the times. */
export class Expiries {
  readonly #times = new Map<string, number>();
  readonly #order = new OrderedMap<string>();

  /** Notes when a key ends; undefined for never. */
  set(key: string, expiresAt: number | undefined): void {
    const before = this.#times.get(key);
    if (before !== undefined) this.#order.delete(placeOf(before, key));
    if (expiresAt === undefined) {
      this.#times.delete(key);
      return;
    }
    this.#times.set(key, expiresAt);
    this.#order.set(placeOf(expiresAt, key), key);
  }

  /** The keys whose time has come. */
  due(nowMs: number): readonly string[] {
    if (this.#times.size === 0) return [];
    const limit = this.#times.size;
    return this.#order.range({ start: "", end: placeOf(nowMs + 1, ""), reverse: false, limit });
  }
}

function placeOf(timeMs: number, key: string): string {
  return `${String(timeMs).padStart(timeDigits, "0")} ${key}`;
}

import type { InstanceSpec } from "@bedplate/environment";
import type { Seat } from "./cell-pool.ts";
import type { Place } from "./pooled-instance.ts";

/** Most spares of one environment; one more takes the place of the oldest. */
export const sparesMax = 32;

interface Spare {
  readonly kind: string;
  readonly place: Place;
}

/** Started instances in the cells that nobody holds, for the next one that is made alike. */
export class SparePlaces {
  readonly #spares = new Set<Spare>();

  /** Whether an instance of the environment with this id is spare. */
  has(id: string): boolean {
    return [...this.#spares].some((each) => each.place.driver.handle.id === id);
  }

  /** A spare of this kind in one of the cells with the least to do. */
  take(kind: string, seats: readonly Seat[]): Place | undefined {
    const least = Math.min(...seats.map((each) => each.instances.size));
    for (const spare of this.#spares) {
      const { seat } = spare.place;
      if (spare.kind !== kind || seat.instances.size > least || !seats.includes(seat)) continue;
      this.#spares.delete(spare);
      return spare.place;
    }
    return undefined;
  }

  /** Keeps a spare; answers the one that has to go for it. */
  keep(kind: string, place: Place): Place | undefined {
    this.#spares.add({ kind, place });
    if (this.#spares.size <= sparesMax) return undefined;
    const [oldest] = this.#spares;
    if (oldest !== undefined) this.#spares.delete(oldest);
    return oldest?.place;
  }

  clear(): void {
    this.#spares.clear();
  }
}

/** Instances of one kind are the same to their guest, and of one principal. */
export function kindOf(spec: InstanceSpec, principal: string): string {
  return JSON.stringify([principal, spec]);
}

import type { Machine } from "./machine.ts";
import { releaseSpare } from "./warm-machines.ts";

/** How long a machine is kept that ended while nobody was there. */
export const endedKeptMs = 3_600_000;

/**
 * Machines that were found ended. Finding destroys nothing, and nobody is given what could be
 * released: each is kept for who asks again, until its place is needed or its time is over.
 */
export class EndedMachines {
  /** By name, the one that was found first before the others. */
  readonly #found = new Map<string, { readonly machine: Machine; readonly at: number }>();
  readonly #now: () => number;

  constructor(now: () => number = Date.now) {
    this.#now = now;
  }

  get count(): number {
    return this.#found.size;
  }

  keep(machine: Machine): void {
    const { id } = machine.handle;
    if (!this.#found.has(id)) this.#found.set(id, { machine, at: this.#now() });
  }

  /** Releases the one that was found first; false: none could be. */
  async giveWay(): Promise<boolean> {
    for (const { machine } of [...this.#found.values()]) {
      if (await this.#release(machine)) return true;
    }
    return false;
  }

  /** Releases those whose time is over. */
  async sweep(): Promise<void> {
    const over = [...this.#found.values()].filter(({ at }) => this.#now() - at > endedKeptMs);
    for (const { machine } of over) await this.#release(machine);
  }

  async #release(machine: Machine): Promise<boolean> {
    const { id } = machine.handle;
    // Two that need room at once do not count the same place.
    if (!this.#found.has(id)) return false;
    const found = { machine, at: this.#now() };
    this.#found.delete(id);
    if (await releaseSpare(machine)) return true;
    this.#found.set(id, found);
    return false;
  }
}

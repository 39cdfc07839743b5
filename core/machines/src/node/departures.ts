import type { Machine } from "../machine.ts";

/** How many machines are captured at once: each reads its whole disk. */
const atOnceMax = 2;

/** Has machines leave their node a few at a time, and only while nobody uses their ports. */
export class Departures {
  readonly #hush: ((machine: Machine) => Promise<Disposable>) | undefined;
  readonly #stopping: AbortSignal;
  readonly #waiting: (() => void)[] = [];
  #busy = 0;

  constructor(
    hush: ((machine: Machine) => Promise<Disposable>) | undefined,
    stopping: AbortSignal,
  ) {
    this.#hush = hush;
    this.#stopping = stopping;
  }

  /** Leaves the machine as it is where the node is about to end: its next life decides anew. */
  async run(machine: Machine, work: () => Promise<Machine>): Promise<Machine> {
    await this.#turn();
    try {
      if (this.#stopping.aborted) return machine;
      using _quiet = await this.#hush?.(machine);
      if (this.#stopping.aborted) return machine;
      return await work();
    } finally {
      this.#busy--;
      this.#waiting.shift()?.();
    }
  }

  /** Their number is that of the machines of one node, and each is ended by its own deadlines. */
  async #turn(): Promise<void> {
    while (this.#busy >= atOnceMax) {
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
    this.#busy++;
  }
}

import type { Networks } from "../network/networks.ts";
import type { Berth, Berths } from "./berths.ts";

/** Holder of a berth that waits for a machine. */
export const noMachine = "";

/**
 * Berths whose network stands ready, since making one takes longer than starting a machine. Each is
 * used once: what a machine had goes with it.
 */
export class ReadyBerths implements AsyncDisposable {
  readonly #berths: Berths;
  readonly #networks: Networks;
  readonly #owner: string;
  readonly #wanted: number;
  readonly #ready: Berth[] = [];
  #filling: Promise<void> | undefined;
  #isClosed = false;

  constructor(options: {
    readonly berths: Berths;
    readonly networks: Networks;
    readonly owner: string;
    readonly wanted: number;
  }) {
    this.#berths = options.berths;
    this.#networks = options.networks;
    this.#owner = options.owner;
    this.#wanted = options.wanted;
  }

  /** Takes one for a machine; makes one where none is ready. */
  async take(machine: string): Promise<Berth> {
    const holder = { owner: this.#owner, machine };
    const ready = this.#ready.shift();
    this.fill();
    if (ready === undefined) {
      const berth = this.#berths.claim(holder);
      await this.#prepare(berth);
      return berth;
    }
    this.#berths.passOn(ready, holder);
    return ready;
  }

  /** Makes ready what is wanted, one after the other, in the background. */
  fill(): void {
    if (this.#filling !== undefined || this.#isClosed) return;
    this.#filling = this.#fill().finally(() => {
      this.#filling = undefined;
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true;
    await this.#filling;
    for (const berth of this.#ready.splice(0)) await this.#giveBack(berth);
  }

  // What cannot be made ready now is made when it is needed, and fails there where it is heard.
  async #fill(): Promise<void> {
    while (this.#ready.length < this.#wanted && !this.#isClosed) {
      const berth = this.#berths.claim({ owner: this.#owner, machine: noMachine });
      try {
        await this.#prepare(berth);
      } catch {
        return;
      }
      this.#ready.push(berth);
    }
  }

  async #prepare(berth: Berth): Promise<void> {
    try {
      await this.#networks.prepare(berth.number);
    } catch (error) {
      await this.#giveBack(berth);
      throw error;
    }
  }

  async #giveBack(berth: Berth): Promise<void> {
    await this.#networks.detach(berth.number);
    this.#berths.giveBack(berth);
  }
}

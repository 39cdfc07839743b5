import type { Networks } from "../network/networks.ts";
import type { Berth, Berths } from "./berths.ts";
import type { Moorings } from "./moorings.ts";

/** A berth, and the name of the machine that is or will be in it. */
export interface NamedBerth {
  readonly berth: Berth;
  readonly id: string;
  readonly incarnation: string;
}

/** A machine that is being made is not to share the processors with the next one's berth. */
const fillDelayMs = 60;

/**
 * Berths whose network, disk and bounds stand ready, since making them takes longer than starting a
 * machine. Each is used once: what a machine had goes with it. To a later life of this host one is a
 * machine that was half made.
 */
export class ReadyBerths implements AsyncDisposable {
  readonly #options: ReadyBerthsOptions;
  readonly #ready: NamedBerth[] = [];
  #filling: Promise<void> | undefined;
  #fillTimer: NodeJS.Timeout | undefined;
  #isClosed = false;

  constructor(options: ReadyBerthsOptions) {
    this.#options = options;
  }

  /** Takes one for a machine; makes one where none is ready. */
  async take(): Promise<NamedBerth> {
    const ready = this.#ready.shift();
    this.#fillTimer ??= setTimeout(() => this.fill(), fillDelayMs).unref();
    if (ready !== undefined) return ready;
    const named = this.#claim();
    await this.#orClear(named, this.#options.networks.prepare(named.berth.number));
    return named;
  }

  /** Makes ready what is wanted, one after the other, in the background. */
  fill(): void {
    clearTimeout(this.#fillTimer);
    this.#fillTimer = undefined;
    if (this.#filling !== undefined || this.#isClosed) return;
    this.#filling = this.#fill().finally(() => {
      this.#filling = undefined;
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#fillTimer);
    await this.#filling;
    for (const named of this.#ready.splice(0)) await this.#options.clear(named);
  }

  // What cannot be made ready now is made when it is needed, and fails there where it is heard.
  async #fill(): Promise<void> {
    while (this.#ready.length < this.#options.wanted && !this.#isClosed) {
      const named = this.#claim();
      const { networks, moorings } = this.#options;
      const { number } = named.berth;
      try {
        await this.#orClear(named, networks.prepare(number));
      } catch {
        return;
      }
      // A berth without a disk is one all the same.
      await moorings.prepare(named).catch(() => moorings.drop(number));
      this.#ready.push(named);
    }
  }

  #claim(): NamedBerth {
    const { berths, owner, name } = this.#options;
    const named = name();
    return { ...named, berth: berths.claim({ owner, machine: named.id }) };
  }

  async #orClear(named: NamedBerth, work: Promise<void>): Promise<void> {
    try {
      await work;
    } catch (error) {
      await this.#options.clear(named);
      throw error;
    }
  }
}

export interface ReadyBerthsOptions {
  readonly berths: Berths;
  readonly networks: Networks;
  readonly moorings: Moorings;
  readonly owner: string;
  /** How many stand ready. */
  readonly wanted: number;
  /** A name that no machine ever had. */
  name(): { readonly id: string; readonly incarnation: string };
  /** Takes away all that there is in a berth, and gives it back. */
  clear(named: NamedBerth): Promise<void>;
}

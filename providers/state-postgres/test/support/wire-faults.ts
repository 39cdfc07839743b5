import { setTimeout as pause } from "node:timers/promises";
import { overriding } from "@bedplate/conformance";
import type { StateDriver } from "@bedplate/state";
import type { Wire } from "@bedplate/testkit";
import type { Gate } from "./gate.ts";

/** In which time a client hears that its connections broke. */
const heardMs = 50;

/** Breaks the connections of a driver around its next commit, on the wire. */
export class WireFaults {
  readonly #wire: Wire;
  readonly #gate: Gate;
  #cut: "before-send" | "after-send" | undefined;
  #isBusy = false;

  constructor(wire: Wire, gate: Gate) {
    this.#wire = wire;
    this.#gate = gate;
  }

  cut(when: "before-send" | "after-send"): void {
    this.#cut = when;
  }

  slow(ms: number): void {
    if (ms === 0) this.#wire.resume();
    else this.#wire.delay(ms);
  }

  around(driver: StateDriver): StateDriver {
    return overriding(driver, {
      commit: async (...call) => this.#commit(() => driver.commit(...call)),
    });
  }

  async #commit<T>(commit: () => Promise<T>): Promise<T> {
    const cut = this.#cut;
    // One fault at a time: another commit on its way meets the same broken connections.
    if (cut === undefined || this.#isBusy) return commit();
    this.#cut = undefined;
    this.#isBusy = true;
    try {
      return await (cut === "before-send" ? this.#unreached(commit) : this.#unanswered(commit));
    } finally {
      this.#isBusy = false;
    }
  }

  async #unreached<T>(commit: () => Promise<T>): Promise<T> {
    this.#wire.refuse();
    this.#wire.cut();
    // Until the pool has heard of it: what is written to a dead socket counts as sent.
    await pause(heardMs);
    try {
      return await commit();
    } finally {
      this.#wire.accept();
    }
  }

  async #unanswered<T>(commit: () => Promise<T>): Promise<T> {
    const [ended] = await this.#gate.closed(async () => {
      const work = Promise.allSettled([commit()]);
      await this.#gate.stopOne(work, () => this.#wire.cut());
      return work;
    });
    if (ended?.status === "rejected") throw ended.reason;
    return ended?.value as T;
  }
}

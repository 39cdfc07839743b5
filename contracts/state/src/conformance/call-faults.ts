import { systemClock } from "@bedplate/clock";
import { overriding } from "@bedplate/conformance";
import { raise } from "@bedplate/errors";
import type { StateDriver } from "../state-driver.ts";

/** Breaks and slows contact with a driver. */
export class CallFaults {
  #cut: "before-send" | "after-send" | undefined;
  #slowMs = 0;

  cut(when: "before-send" | "after-send"): void {
    this.#cut = when;
  }

  slow(ms: number): void {
    this.#slowMs = ms;
  }

  /** The driver, as it looks from the far end of the contact. */
  around(driver: StateDriver): StateDriver {
    return overriding(driver, {
      getMany: async (...call) => this.#carry(() => driver.getMany(...call)),
      list: async (...call) => this.#carry(() => driver.list(...call)),
      head: async (...call) => this.#carry(() => driver.head(...call)),
      history: async (...call) => this.#carry(() => driver.history(...call)),
      commit: async (...call) => this.#commit(() => driver.commit(...call)),
    });
  }

  async #commit<T>(call: () => Promise<T>): Promise<T> {
    const cut = this.#cut;
    this.#cut = undefined;
    if (cut === "before-send") throw broken("provider.unavailable");
    const answer = await this.#carry(call);
    if (cut === "after-send") throw broken("provider.indeterminate");
    return answer;
  }

  async #carry<T>(call: () => Promise<T>): Promise<T> {
    if (this.#slowMs > 0) await systemClock.sleep(this.#slowMs);
    return call();
  }
}

function broken(code: "provider.unavailable" | "provider.indeterminate"): Error {
  return raise(code, {
    op: "state.commit",
    detail: { provider: "cut" },
    message: "Cannot commit: the connection was cut",
  });
}

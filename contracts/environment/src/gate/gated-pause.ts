import type { KeyedCall } from "../call.ts";
import type { PauseDriver } from "../facets/pause.ts";
import type { Phase } from "../phase.ts";
import { FacetGate } from "./facet-gate.ts";
import type { GateContext } from "./gate-context.ts";

/** Wraps a driver's `pause`: the phase follows what was done. */
export class GatedPause implements PauseDriver {
  readonly #driver: PauseDriver;
  readonly #gate: FacetGate;

  constructor(driver: PauseDriver, options: { readonly context: GateContext }) {
    this.#driver = driver;
    this.#gate = new FacetGate("pause", options.context);
  }

  pause(call: KeyedCall): Promise<void> {
    return this.#gate.do("pause", call, async () => {
      await this.#driver.pause(call);
      this.#move("paused");
    });
  }

  resume(call: KeyedCall): Promise<void> {
    return this.#gate.do("resume", call, async () => {
      await this.#driver.resume(call);
      this.#move("running");
    });
  }

  /** A machine that ended meanwhile stays ended. */
  #move(to: Phase): void {
    const { monitor } = this.#gate.context;
    if (monitor.phase === "running" || monitor.phase === "paused") monitor.move(to);
  }
}

import { type Clock, systemClock } from "@bedplate/clock";
import { raise } from "@bedplate/errors";
import type { FakeOperation, FakeOptions, ScriptedFault } from "./fake-options.ts";

/** Counts operations, waits their latency and meets the scripted faults. */
export class FakeOperations {
  readonly clock: Clock;
  readonly #options: FakeOptions;
  readonly #counts = new Map<FakeOperation, number>();

  constructor(options: FakeOptions) {
    this.#options = options;
    this.clock = options.clock ?? systemClock;
  }

  /** Comes before every operation. */
  async begin(on: FakeOperation, signal: AbortSignal): Promise<void> {
    const nth = (this.#counts.get(on) ?? 0) + 1;
    this.#counts.set(on, nth);
    const { latencyMs = 0, before, faults = [] } = this.#options;
    if (latencyMs > 0) await this.clock.sleep(latencyMs, { signal });
    await before?.(on, nth);
    const fault = faults.find((each) => each.on === on && (each.nth ?? nth) === nth);
    if (fault !== undefined) throw meet(fault);
  }
}

function meet(fault: ScriptedFault): Error {
  return raise(fault.code, {
    op: `fake.${fault.on}`,
    detail: { where: "script", reason: "scripted" } as never,
    message: `Cannot ${fault.on}: the fake was told to fail`,
  });
}

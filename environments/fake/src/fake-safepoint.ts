import type { Clock } from "@bedplate/clock";
import type { Call } from "@bedplate/environment";
import { raise } from "@bedplate/errors";
import { exhausted } from "./fake-meter.ts";

/** How many steps pass between two looks at the clock. */
const stepsPerLook = 1024;

/** Where a fake run can be interrupted: by its wall budget, its deadline, an abort or a stop. */
export class Safepoint {
  readonly #clock: Clock;
  readonly #call: Call;
  readonly #wallAt: number;
  readonly #isStopped: () => boolean;
  #steps = 0;

  constructor(options: {
    readonly clock: Clock;
    readonly call: Call;
    readonly wallMs: number | undefined;
    readonly isStopped: () => boolean;
  }) {
    this.#clock = options.clock;
    this.#call = options.call;
    const { deadlineAt } = options.call;
    const wallAt = options.clock.now() + (options.wallMs ?? Number.POSITIVE_INFINITY);
    this.#wallAt = Math.min(wallAt, deadlineAt);
    this.#isStopped = options.isStopped;
  }

  /** Counts a step; true when it is time to `rest`. */
  isDue(): boolean {
    this.#steps += 1;
    return this.#steps % stepsPerLook === 0;
  }

  /** Lets others run, then ends the run if it has to end. */
  async rest(): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve));
    this.#look();
  }

  async sleep(ms: number): Promise<void> {
    const { signal } = this.#call;
    const leftMs = Math.max(0, this.#wallAt - this.#clock.now());
    await this.#clock.sleep(Math.min(ms, leftMs), { signal });
    this.#look();
    if (leftMs < ms) throw exhausted("wallMs");
  }

  #look(): void {
    this.#call.signal.throwIfAborted();
    if (this.#isStopped()) throw stopped();
    if (this.#clock.now() >= this.#wallAt) throw exhausted("wallMs");
  }
}

function stopped(): Error {
  return raise("call.cancelled", {
    op: "instance.invoke",
    detail: {},
    effect: "none",
    message: "Cannot finish the run: its instance was stopped",
  });
}

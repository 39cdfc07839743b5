import type { Budget, Meter, Usage } from "@bedplate/environment";

/** A run that is over, thrown from wherever it ended. */
export class RunEnd {
  readonly kind: "returned" | "reverted" | "trapped" | "exhausted" | "refused";
  /** The reason, the meter, or nothing. */
  readonly word: string;
  readonly exitCode: number | undefined;
  /** Of a refusal: whether it may run later. */
  readonly isEarly: boolean;

  constructor(
    kind: RunEnd["kind"],
    word = "",
    more: { readonly exitCode?: number | undefined; readonly isEarly?: boolean } = {},
  ) {
    this.kind = kind;
    this.word = word;
    this.exitCode = more.exitCode;
    this.isEarly = more.isEarly ?? false;
  }
}

/** Counts what a run uses, exactly: using all of a bound is fine, one more ends the run. */
export class FakeMeter {
  readonly #budget: Budget;
  #fuel = 0;
  #memoryBytes = 0;
  #outputBytes = 0;

  constructor(budget: Budget) {
    this.#budget = budget;
  }

  get fuel(): number {
    return this.#fuel;
  }

  /** What is left of the fuel; undefined when it has no bound. */
  get fuelLeft(): number | undefined {
    const { fuel } = this.#budget;
    return fuel === undefined ? undefined : fuel - this.#fuel;
  }

  /** The part of the last charge that does not fit is not used. */
  burn(fuel: number): void {
    const limit = this.#budget.fuel ?? Number.MAX_SAFE_INTEGER;
    if (fuel > limit - this.#fuel) {
      this.#fuel = limit;
      throw exhausted("fuel");
    }
    this.#fuel += fuel;
  }

  allocate(bytes: number): void {
    const limit = this.#budget.memoryBytes ?? Number.MAX_SAFE_INTEGER;
    if (bytes > limit - this.#memoryBytes) throw exhausted("memoryBytes");
    this.#memoryBytes += bytes;
  }

  output(bytes: number): void {
    const limit = this.#budget.outputBytes ?? Number.MAX_SAFE_INTEGER;
    if (bytes > limit - this.#outputBytes) throw exhausted("outputBytes");
    this.#outputBytes += bytes;
  }

  /** An output that is replaced counts no more. */
  takeBack(bytes: number): void {
    this.#outputBytes -= bytes;
  }

  descend(levels: number): void {
    const limit = this.#budget.depth ?? Number.MAX_SAFE_INTEGER;
    this.burn(Math.min(levels, limit));
    if (levels > limit) throw exhausted("depth");
  }

  usage(wallMs: number): Usage {
    return {
      fuel: this.#fuel,
      wallMs,
      cpuMs: 0,
      memoryBytes: this.#memoryBytes,
      outputBytes: this.#outputBytes,
    };
  }
}

/** The end of a run that reached a bound. */
export function exhausted(meter: Meter): RunEnd {
  return new RunEnd("exhausted", meter);
}

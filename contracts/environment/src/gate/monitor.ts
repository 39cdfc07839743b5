import { raise } from "@bedplate/errors";
import { type InstanceOperation, isLegal, type Phase } from "../phase.ts";

/** Keeps one instance's phase and refuses what the phase table does not allow. */
export class PhaseMonitor {
  readonly #subject: string;
  #phase: Phase;
  #sinceAt: number;
  readonly #now: () => number;
  #watchers: (() => void)[] = [];

  constructor(id: string, options: { readonly phase: Phase; readonly now: () => number }) {
    this.#subject = `instance/${id}`;
    this.#phase = options.phase;
    this.#now = options.now;
    this.#sinceAt = options.now();
  }

  get phase(): Phase {
    return this.#phase;
  }

  get sinceAt(): number {
    return this.#sinceAt;
  }

  /** Throws `phase.illegal`, effect none, where the table says no. */
  demand(operation: InstanceOperation): void {
    if (isLegal(operation, this.#phase)) return;
    throw raise("phase.illegal", {
      op: `instance.${operation}`,
      subject: this.#subject,
      detail: { op: operation, phase: this.#phase },
      message: `Cannot ${operation} ${this.#subject}: it is ${this.#phase}`,
    });
  }

  move(to: Phase): void {
    if (to === this.#phase || this.#phase === "released") return;
    this.#phase = to;
    this.#sinceAt = this.#now();
    const watchers = this.#watchers;
    this.#watchers = [];
    for (const wake of watchers) wake();
  }

  /** Resolves at the next change of phase. */
  changed(): Promise<void> {
    return new Promise((resolve) => this.#watchers.push(resolve));
  }
}

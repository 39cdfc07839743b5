import type { GuestState } from "./guest-state.ts";
import type { InterpreterExports } from "./interpreter-exports.ts";

/** Bounds of the work of one run, and what to do from time to time. */
export interface WorkBounds {
  readonly fuel: number;
  /** Called at every slice of fuel; throws `GuestEnd` to end the run. */
  onSlice(): void;
}

/** The interpreter's module, metered; every instance is a fresh one. */
export interface MeteredModule {
  instantiate(guest: GuestState): MeteredInterpreter;
}

/** One instance, with its meter. */
export interface MeteredInterpreter {
  readonly exports: InterpreterExports;
  /** Runs code of the interpreter for the host: not bounded. */
  prepare<T>(job: () => T): T;
  /** Runs guest code within bounds; throws `GuestEnd` where it was ended. */
  work<T>(bounds: WorkBounds, job: () => T): T;
  /** Fuel used since the work began. */
  used(): number;
  /** Takes fuel for what the host did for the guest. */
  charge(fuel: number): void;
}

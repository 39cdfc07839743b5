import type { BaseState } from "./base-state.ts";
import type { LiveGuest } from "./live-guest.ts";

/** What a module's own initialisation may use: what the run has that it happens for. */
export interface InitialBounds {
  readonly wallMs: number;
  readonly memoryBytes: number;
}

/** Where runs get their instances from. */
export interface GuestSource {
  /** The module's base state; whoever asks first has it computed, within the bounds. */
  base(bounds: InitialBounds): BaseState;
  /**
   * An instance in the state that a run starts from; undefined where the bounds were too
   * narrow to initialise one. Only legal where `base` has no failure.
   */
  take(bounds: InitialBounds): LiveGuest | undefined;
  /** Takes an instance back; `isKept` says that the run returned, for sources that remember. */
  give(guest: LiveGuest, isKept: boolean): void;
}

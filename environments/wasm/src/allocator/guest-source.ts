import type { BaseState } from "./base-state.ts";
import type { LiveGuest } from "./live-guest.ts";

/** Where runs get their instances from. */
export interface GuestSource {
  /** The module's base state; whoever asks first has it computed, within the time that is left. */
  base(wallMs: number): BaseState;
  /**
   * An instance in the state that a run starts from; undefined where the time that is left was too
   * short to initialise one. Only legal where `base` has no failure.
   */
  take(wallMs: number): LiveGuest | undefined;
  /** Takes an instance back; `isKept` says that the run returned, for sources that remember. */
  give(guest: LiveGuest, isKept: boolean): void;
}

import type { BaseState } from "./base-state.ts";
import type { LiveGuest } from "./live-guest.ts";

/** Where runs get their instances from. */
export interface GuestSource {
  /** The module's base state; computed with the first instance. */
  readonly base: BaseState;
  /** An instance in the state that a run starts from. Only legal where `base` has no failure. */
  take(): LiveGuest;
  /** Takes an instance back; `isKept` says that the run returned, for sources that remember. */
  give(guest: LiveGuest, isKept: boolean): void;
}

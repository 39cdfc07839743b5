import type { BaseState } from "./base-state.ts";
import type { GuestSource } from "./guest-source.ts";
import type { LiveGuest } from "./live-guest.ts";

/** Makes instances; what it makes has not been initialised. */
export interface GuestMaker {
  make(): LiveGuest;
  initialise(guest: LiveGuest): BaseState;
}

/** A new instance for each run. */
export class OnDemandSource implements GuestSource {
  readonly #maker: GuestMaker;
  readonly base: BaseState;
  #first: LiveGuest | undefined;

  constructor(maker: GuestMaker) {
    this.#maker = maker;
    this.#first = maker.make();
    this.base = maker.initialise(this.#first);
  }

  take(): LiveGuest {
    const first = this.#first;
    this.#first = undefined;
    if (first !== undefined) return first;
    const guest = this.#maker.make();
    this.#maker.initialise(guest);
    return guest;
  }

  give(): void {
    // The engine's garbage collector frees it.
  }
}

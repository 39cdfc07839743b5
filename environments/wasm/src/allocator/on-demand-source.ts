import type { BaseState } from "./base-state.ts";
import type { GuestSource, InitialBounds } from "./guest-source.ts";
import type { LiveGuest } from "./live-guest.ts";

/** Makes instances; what it makes has not been initialised. */
export interface GuestMaker {
  make(): LiveGuest;
  initialise(guest: LiveGuest, bounds: InitialBounds): BaseState;
  /** Takes leave of an instance that nobody uses again. */
  drop(guest: LiveGuest): void;
}

/** A new instance for each run. */
export class OnDemandSource implements GuestSource {
  readonly #maker: GuestMaker;
  #base: BaseState | undefined;
  #first: LiveGuest | undefined;

  constructor(maker: GuestMaker) {
    this.#maker = maker;
    this.#first = maker.make();
  }

  base(bounds: InitialBounds): BaseState {
    if (this.#base !== undefined) return this.#base;
    const guest = this.#first ?? this.#maker.make();
    this.#first = guest;
    const base = this.#maker.initialise(guest, bounds);
    if (base.isCut === true) {
      this.#first = undefined;
      this.#maker.drop(guest);
    } else this.#base = base;
    return base;
  }

  take(bounds: InitialBounds): LiveGuest | undefined {
    const first = this.#first;
    this.#first = undefined;
    if (first !== undefined) return first;
    const guest = this.#maker.make();
    const { isCut } = this.#maker.initialise(guest, bounds);
    if (isCut !== true) return guest;
    this.#maker.drop(guest);
    return undefined;
  }

  give(guest: LiveGuest): void {
    this.#maker.drop(guest);
  }
}

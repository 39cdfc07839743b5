import type { BaseState } from "./base-state.ts";
import type { GuestSource } from "./guest-source.ts";
import type { LiveGuest } from "./live-guest.ts";

/** Makes instances; what it makes has not been initialised. */
export interface GuestMaker {
  make(): LiveGuest;
  initialise(guest: LiveGuest, wallMs: number): BaseState;
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

  base(wallMs: number): BaseState {
    if (this.#base !== undefined) return this.#base;
    this.#first ??= this.#maker.make();
    const base = this.#maker.initialise(this.#first, wallMs);
    if (base.isCut === true) this.#first = undefined;
    else this.#base = base;
    return base;
  }

  take(wallMs: number): LiveGuest | undefined {
    const first = this.#first;
    this.#first = undefined;
    if (first !== undefined) return first;
    const guest = this.#maker.make();
    const { isCut } = this.#maker.initialise(guest, wallMs);
    return isCut === true ? undefined : guest;
  }

  give(): void {
    // The engine's garbage collector frees it.
  }
}

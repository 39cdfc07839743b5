import type { StateSnapshot } from "@bedplate/wasm-module";
import type { BaseState } from "./base-state.ts";
import type { GuestSource, InitialBounds } from "./guest-source.ts";
import type { LiveGuest } from "./live-guest.ts";
import { type GuestMaker, OnDemandSource } from "./on-demand-source.ts";

/** Bounds of a pool. */
export interface PoolBounds {
  /** Idle instances that are kept. */
  readonly idleMax: number;
  /** An instance with more memory is not reset: a new one costs less than copying. */
  readonly resetBytesMax: number;
}

/** Keeps instances and puts each back to its base state after a run. */
export class PooledSource implements GuestSource {
  readonly #fresh: OnDemandSource;
  readonly #bounds: PoolBounds;
  readonly #idle: LiveGuest[] = [];
  readonly #images = new WeakMap<LiveGuest, StateSnapshot>();

  constructor(maker: GuestMaker, bounds: PoolBounds) {
    this.#fresh = new OnDemandSource(maker);
    this.#bounds = bounds;
  }

  base(bounds: InitialBounds): BaseState {
    return this.#fresh.base(bounds);
  }

  get idleCount(): number {
    return this.#idle.length;
  }

  take(bounds: InitialBounds): LiveGuest | undefined {
    const idle = this.#idle.pop();
    if (idle !== undefined) return idle;
    const guest = this.#fresh.take(bounds);
    if (guest !== undefined && this.#isResettable(guest))
      this.#images.set(guest, guest.instance.save());
    return guest;
  }

  give(guest: LiveGuest): void {
    if (this.#isPutBack(guest)) this.#idle.push(guest);
    else this.#fresh.give(guest);
  }

  /** Memory that has grown cannot shrink, and dropped segments do not come back. */
  #isPutBack(guest: LiveGuest): boolean {
    const image = this.#images.get(guest);
    if (image === undefined || this.#idle.length >= this.#bounds.idleMax) return false;
    return guest.instance.restore(image) === "restored";
  }

  #isResettable({ instance }: LiveGuest): boolean {
    return this.#bounds.idleMax > 0 && instance.memoryBytes <= this.#bounds.resetBytesMax;
  }
}

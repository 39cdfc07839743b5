import type {
  Call,
  CrossCall,
  Exit,
  GuestEvent,
  InstanceDriver,
  InstanceHandle,
  InstanceStatus,
  Invocation,
  InvokeDriver,
  KeyedCall,
  StopOptions,
} from "@bedplate/environment";
import { noUsage } from "@bedplate/environment";
import { type Fault, isFault } from "@bedplate/errors";
import { crashed } from "./cell.ts";
import type { Seat } from "./cell-pool.ts";

/** Where an instance is: the cell, and its driver there. */
export interface Place {
  readonly seat: Seat;
  readonly driver: InstanceDriver;
}

export interface PooledInstanceOptions {
  /** Whether a run whose cell ended may run again in another one. */
  readonly isRepeatable: boolean;
  readonly now: () => number;
  /** Makes the same instance in another cell than the lost one, and starts it. */
  move(lost: Seat, call: Call): Promise<Place>;
  onReleased(): void;
}

/** How and when an instance was lost with its cell. */
interface Loss {
  readonly fault: Fault;
  readonly at: number;
}

/** An instance in one of a pool's cells. When its cell ends, it is failed; nothing is left to free. */
export class PooledInstance implements InstanceDriver {
  readonly handle: InstanceHandle;
  readonly facets: InstanceDriver["facets"];
  readonly #options: PooledInstanceOptions;
  #place: Place;
  #lost: Loss | undefined;
  #isCondemned = false;

  constructor(place: Place, options: PooledInstanceOptions) {
    this.#place = place;
    this.#options = options;
    this.handle = place.driver.handle;
    this.facets = this.#wrapFacets(place.driver);
    this.#settleIn(place);
  }

  get seat(): Seat {
    return this.#place.seat;
  }

  /** It is the one whose cell is ended for its own doing: it runs nowhere again. */
  condemn(): void {
    this.#isCondemned = true;
  }

  start(call: KeyedCall): Promise<void> {
    return this.#place.driver.start(call);
  }

  status(call: Call): Promise<InstanceStatus> {
    return this.#unlessLost(
      (driver) => driver.status(call),
      ({ fault, at }) => ({ phase: "failed", sinceAt: at, fault, usage: noUsage }),
    );
  }

  stop(how: StopOptions, call: KeyedCall): Promise<Exit> {
    return this.#unlessLost(
      (driver) => driver.stop(how, call),
      ({ at }) => ({ code: null, signal: "SIGKILL", isOutOfMemory: false, at }),
    );
  }

  async release(call: KeyedCall): Promise<void> {
    await this.#unlessLost(
      (driver) => driver.release(call),
      () => undefined,
    );
    this.#place.seat.instances.delete(this.handle.id);
    this.#options.onReleased();
  }

  /** Asks the driver; where its cell is gone, or goes meanwhile, the answer is the loss. */
  async #unlessLost<T>(
    ask: (driver: InstanceDriver) => Promise<T>,
    answerOf: (loss: Loss) => T,
  ): Promise<T> {
    const place = this.#place;
    try {
      if (this.#lost === undefined) return await ask(place.driver);
    } catch (error) {
      if (!isFault(error, "plugin.crashed") || this.#place !== place) throw error;
      this.#lost ??= { fault: error.fault, at: this.#options.now() };
    }
    return answerOf(this.#lost);
  }

  #settleIn(place: Place): void {
    this.#place = place;
    this.#lost = undefined;
    const { id } = this.handle;
    place.seat.instances.add(id);
    void place.seat.cell.ended.then((reason) => {
      place.seat.instances.delete(id);
      if (this.#place !== place) return;
      this.#lost = { fault: crashed(reason).fault, at: this.#options.now() };
    });
  }

  #wrapFacets(driver: InstanceDriver): InstanceDriver["facets"] {
    const names = Object.keys(driver.facets) as (keyof InstanceDriver["facets"])[];
    const facets = names.map((name) => [
      name,
      name === "invoke" ? this.#invoke() : this.#facet(name),
    ]);
    return Object.fromEntries(facets) as InstanceDriver["facets"];
  }

  /** The facet where the instance is now. */
  #facet(name: keyof InstanceDriver["facets"]): object {
    const present = () => this.#place.driver.facets[name] as unknown as object;
    return new Proxy(present(), { get: (_, property) => Reflect.get(present(), property) });
  }

  #invoke(): InvokeDriver {
    const present = () => this.#place.driver.facets.invoke as unknown as InvokeDriver;
    return {
      run: async (invocation, call) => {
        const place = this.#place;
        const traces = new Traces(invocation);
        try {
          return await present().run(traces.invocation, call);
        } catch (error) {
          if (!isFault(error, "plugin.crashed") || !this.#mayRepeat(traces)) throw error;
          // Runs of one instance that ended together move once.
          if (this.#place === place) this.#settleIn(await this.#options.move(place.seat, call));
          return await present().run(invocation, call);
        }
      },
    };
  }

  /** Effects are returned, so a run that told nobody anything did not happen. */
  #mayRepeat(traces: Traces): boolean {
    return this.#options.isRepeatable && !this.#isCondemned && !traces.hasAny;
  }
}

/** Notes whether a run told the outside anything before it ended. */
class Traces {
  readonly invocation: Invocation;
  hasAny = false;

  constructor(invocation: Invocation) {
    const { onEvent, call } = invocation;
    const note = () => {
      this.hasAny = true;
    };
    this.invocation = {
      ...invocation,
      ...(onEvent && {
        onEvent: (event: GuestEvent) => {
          note();
          onEvent(event);
        },
      }),
      ...(call && {
        call: (request: Parameters<CrossCall>[0]) => {
          note();
          return call(request);
        },
      }),
    };
  }
}

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
  Usage,
} from "@bedplate/environment";
import { noUsage } from "@bedplate/environment";
import { type Fault, isFault } from "@bedplate/errors";
import { crashed } from "./cell.ts";
import type { Seat } from "./cell-pool.ts";

/** Where an instance is: the cell, and its driver there. */
export interface Place {
  readonly seat: Seat;
  readonly driver: InstanceDriver;
  /** It was used before, and is running. */
  readonly isSpare?: true | undefined;
}

export interface PooledInstanceOptions {
  readonly handle: InstanceHandle;
  /** Whether a run whose cell ended may run again in another one. */
  readonly isRepeatable: boolean;
  readonly now: () => number;
  /** Makes the same instance in another cell than the lost one, and starts it. */
  move(lost: Seat, call: Call): Promise<Place>;
  /** Takes the place back while nothing but runs was done with it. */
  giveBack(place: Place): void;
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
  #isStarted: boolean;
  /** Nothing but runs that went well was done with it: it is as good as new. */
  #isPlain: boolean;
  #exit: Exit | undefined;
  #usage: Usage = noUsage;

  constructor(place: Place, options: PooledInstanceOptions) {
    this.#place = place;
    this.#options = options;
    this.#isPlain = options.isRepeatable;
    this.#isStarted = place.isSpare === true;
    this.handle = options.handle;
    this.facets = this.#wrapFacets(place.driver);
    this.#settleIn(place);
  }

  get seat(): Seat {
    return this.#place.seat;
  }

  /** Whether the instance of this id in the cell is its. */
  isOn(id: string): boolean {
    return this.#place.driver.handle.id === id;
  }

  /** It is the one whose cell is ended for its own doing: it runs nowhere again. */
  condemn(): void {
    this.#isCondemned = true;
  }

  async start(call: KeyedCall): Promise<void> {
    if (!this.#isStarted) await this.#place.driver.start(call);
    this.#isStarted = true;
  }

  status(call: Call): Promise<InstanceStatus> {
    return this.#unlessLost(
      async (driver) => this.#ownStatus(await driver.status(call)),
      ({ fault, at }) => ({ phase: "failed", sinceAt: at, fault, usage: noUsage }),
    );
  }

  stop(how: StopOptions, call: KeyedCall): Promise<Exit> {
    if (this.#isReusable()) {
      const at = this.#options.now();
      this.#exit ??= { code: 0, signal: null, isOutOfMemory: false, at };
      return Promise.resolve(this.#exit);
    }
    return this.#unlessLost(
      (driver) => driver.stop(how, call),
      ({ at }) => ({ code: null, signal: "SIGKILL", isOutOfMemory: false, at }),
    );
  }

  async release(call: KeyedCall): Promise<void> {
    const place = this.#place;
    const isReusable = this.#isReusable();
    if (!isReusable) {
      await this.#unlessLost(
        (driver) => driver.release(call),
        () => undefined,
      );
    }
    place.seat.instances.delete(this.handle.id);
    this.#options.onReleased();
    if (isReusable) this.#options.giveBack(place);
  }

  #isReusable(): boolean {
    return this.#isPlain && this.#isStarted && !this.#isCondemned && this.#lost === undefined;
  }

  /** What its driver says, without what was before this instance, and with what the driver was not told. */
  #ownStatus(status: InstanceStatus): InstanceStatus {
    const own = this.#place.isSpare === true ? { ...status, usage: this.#usage } : status;
    const exit = this.#exit;
    return exit === undefined ? own : { ...own, phase: "stopped", sinceAt: exit.at, exit };
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
    const { seat } = place;
    const onEnded = (reason: string) => {
      if (this.#place !== place) return;
      this.#lost = { fault: crashed(reason).fault, at: this.#options.now() };
    };
    if (seat.endedBy === undefined) seat.instances.set(this.handle.id, onEnded);
    else onEnded(seat.endedBy);
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
    return new Proxy(present(), {
      get: (_, property) => {
        this.#isPlain = false;
        return Reflect.get(present(), property);
      },
    });
  }

  #invoke(): InvokeDriver {
    const present = () => this.#place.driver.facets.invoke as unknown as InvokeDriver;
    return {
      run: async (invocation, call) => {
        const place = this.#place;
        const traces = new Traces(invocation);
        try {
          const execution = await present().run(traces.invocation, call);
          this.#usage = addUsage(this.#usage, execution.usage);
          return execution;
        } catch (error) {
          this.#isPlain = false;
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

function addUsage(sum: Usage, more: Usage): Usage {
  return {
    fuel: sum.fuel + more.fuel,
    wallMs: sum.wallMs + more.wallMs,
    cpuMs: sum.cpuMs + more.cpuMs,
    memoryBytes: Math.max(sum.memoryBytes, more.memoryBytes),
    outputBytes: sum.outputBytes + more.outputBytes,
  };
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

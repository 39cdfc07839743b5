import type { Clock } from "@bedplate/clock";
import {
  type Call,
  type EnvironmentDriver,
  type HostPort,
  type Manifest,
  newCall,
  withDeadline,
} from "@bedplate/environment";
import { connectPlugin } from "@bedplate/environment/wire";
import { isFault, raise, toFault } from "@bedplate/errors";
import type { Cell, OpenCell } from "./cell.ts";
import { HealthFeed } from "./health-feed.ts";
import { RestartCount, type RestartPolicy } from "./restart-policy.ts";

/** A live cell with an open environment in it. */
export interface Seat {
  readonly cell: Cell;
  readonly driver: EnvironmentDriver;
  /** The instances in it by their ids, with who wants to know that it ended. */
  readonly instances: Map<string, (reason: string) => void>;
  /** Why it ended. */
  endedBy: string | undefined;
  wasKilled: boolean;
}

export interface CellPoolOptions {
  readonly manifest: Manifest;
  readonly openCell: OpenCell;
  readonly cells: number;
  readonly host: HostPort;
  readonly config: unknown;
  readonly restarts: RestartPolicy;
  readonly clock: Clock;
}

/** How long a cell may take until its environment is open: a first start may build a snapshot. */
export const seatTimeoutMs = 120_000;

/** Keeps a number of cells alive, each with the environment open in it. */
export class CellPool {
  readonly health: HealthFeed = new HealthFeed();
  readonly #options: CellPoolOptions;
  readonly #count: RestartCount;
  readonly #seats = new Set<Seat>();
  readonly #closing = new AbortController();
  #keepers: readonly Promise<void>[] = [];
  #change = Promise.withResolvers<void>();
  #givenUp: string | undefined;

  constructor(options: CellPoolOptions) {
    this.#options = options;
    this.#count = new RestartCount(options.restarts);
  }

  get restarts(): number {
    return this.#count.total;
  }

  get seats(): readonly Seat[] {
    return [...this.#seats];
  }

  /** Opens every cell; one that fails at this point fails the whole. */
  async open(call: Call, first: Cell | undefined): Promise<void> {
    const openings = Array.from({ length: this.#options.cells }, async (_, i) =>
      this.#openSeat(call, i === 0 ? first : undefined),
    );
    const results = await Promise.allSettled(openings);
    const failed = results.find((each) => each.status === "rejected");
    const seats = results.flatMap((each) => (each.status === "fulfilled" ? [each.value] : []));
    if (failed !== undefined) {
      for (const { cell } of seats) cell.kill("another cell could not be opened");
      await Promise.all(seats.map(({ cell }) => cell.ended));
      throw failed.reason;
    }
    this.#keepers = seats.map((seat) => this.#keep(seat));
  }

  /** The cell with the fewest instances; waits for one while they are being replaced. */
  async pick(call: Call): Promise<Seat> {
    for (;;) {
      if (this.#closing.signal.aborted) throw closed();
      if (this.#givenUp !== undefined) throw unhealthy(this.#givenUp);
      const [best] = this.seats.toSorted((a, b) => a.instances.size - b.instances.size);
      if (best !== undefined) return best;
      const options = { op: "environment.remote", call, now: () => this.#options.clock.now() };
      await withDeadline(this.#change.promise, options);
    }
  }

  /**
   * Does something in the cell with the fewest instances; in one more where that cell turns out to
   * be gone. For keyed work only: what was made in the first cell went with it.
   */
  async onSeat<T>(call: Call, work: (seat: Seat) => Promise<T>): Promise<T> {
    const seat = await this.pick(call);
    try {
      return await work(seat);
    } catch (error) {
      if (!isFault(error, "plugin.crashed")) throw error;
      this.drop(seat);
      return await work(await this.pick(call));
    }
  }

  /** Contact with a cell was lost: nothing more goes to it, and what is left of it is ended. */
  drop(seat: Seat): void {
    if (this.#seats.delete(seat)) seat.cell.kill("contact with it was lost");
  }

  /** Ends a cell for what one of its guests did; a fresh one takes its place at once. */
  kill(seat: Seat, reason: string): void {
    seat.wasKilled = true;
    this.#seats.delete(seat);
    seat.cell.kill(reason);
  }

  async close(call: Call): Promise<void> {
    this.#closing.abort();
    this.#announce();
    const seats = this.seats;
    try {
      await Promise.all(seats.map((each) => closeSeat(each, call)));
    } finally {
      for (const { cell } of seats) cell.kill("the environment was closed");
      await Promise.all(this.#keepers);
    }
  }

  /** Watches over one place in the pool, through all its replacements, until the pool closes. */
  async #keep(first: Seat): Promise<void> {
    let seat: Seat | undefined = first;
    const { signal } = this.#closing;
    while (seat !== undefined) {
      const since = this.#options.clock.monotonic();
      const reason = await seat.cell.ended;
      this.#seats.delete(seat);
      if (signal.aborted) return;
      const livedMs = this.#options.clock.monotonic() - since;
      seat = await this.#replace({ reason, livedMs, wasKilled: seat.wasKilled });
    }
  }

  async #replace(ended: {
    readonly reason: string;
    readonly livedMs: number;
    readonly wasKilled: boolean;
  }): Promise<Seat | undefined> {
    const { clock } = this.#options;
    const { signal } = this.#closing;
    for (let last = ended; !signal.aborted; ) {
      const waitMs = this.#count.next(last);
      if (waitMs === undefined) {
        this.#giveUp(last.reason);
        return undefined;
      }
      try {
        if (waitMs > 0) await clock.sleep(waitMs, { signal });
        const seat = await this.#openSeat(callOfPool(signal, clock), undefined);
        if (!signal.aborted) return seat;
        seat.cell.kill("the environment was closed");
        await seat.cell.ended;
      } catch (error) {
        last = { reason: toFault(error, "environment.open").message, livedMs: 0, wasKilled: false };
      }
    }
    return undefined;
  }

  async #openSeat(call: Call, opened: Cell | undefined): Promise<Seat> {
    const { manifest, openCell, host, config, clock } = this.#options;
    const cell = opened ?? (await openCell(call));
    try {
      const opening = connectPlugin(cell.channel, manifest).open(host, config, call);
      const now = () => clock.now();
      const driver = await withDeadline(opening, { op: "environment.open", call, now });
      const instances: Seat["instances"] = new Map();
      const seat: Seat = { cell, driver, instances, endedBy: undefined, wasKilled: false };
      void cell.ended.then((reason) => endSeat(seat, reason));
      this.#seats.add(seat);
      void this.#follow(seat);
      this.#announce();
      return seat;
    } catch (error) {
      cell.kill("its environment could not be opened");
      await cell.ended;
      throw error;
    }
  }

  /** A cell says how it is; the pool repeats it while it has not given up. */
  async #follow(seat: Seat): Promise<void> {
    const call = callForEver(this.#closing.signal);
    try {
      for await (const fingerprint of seat.driver.fingerprint(call)) {
        if (this.#givenUp === undefined) this.health.set(fingerprint);
      }
    } catch {
      // The cell ended; its keeper sees to that.
    }
  }

  #giveUp(reason: string): void {
    this.#givenUp = `it ended ${this.#options.restarts.restartsMax + 1} times in a row: ${reason}`;
    this.health.set({ isHealthy: false, reason: this.#givenUp, room: {} });
    this.#announce();
  }

  #announce(): void {
    this.#change.resolve();
    this.#change = Promise.withResolvers<void>();
  }
}

function endSeat(seat: Seat, reason: string): void {
  seat.endedBy = reason;
  const told = [...seat.instances.values()];
  seat.instances.clear();
  for (const tell of told) tell(reason);
}

/** A cell that has just ended has nothing left to close. */
async function closeSeat({ driver }: Seat, call: Call): Promise<void> {
  try {
    await driver.close(call);
  } catch (error) {
    if (!isFault(error, "plugin.crashed")) throw error;
  }
}

function callOfPool(signal: AbortSignal, clock: Clock): Call {
  const now = () => clock.now();
  return newCall({ principal: "environment.remote", timeoutMs: seatTimeoutMs, signal, now });
}

function callForEver(signal: AbortSignal): Call {
  const deadlineAt = Number.MAX_SAFE_INTEGER;
  return { signal, deadlineAt, principal: "environment.remote", trace: "" };
}

function unhealthy(reason: string): Error {
  return raise("environment.unhealthy", {
    op: "environment.remote",
    detail: { reason },
    message: `Cannot use the environment: ${reason}`,
  });
}

function closed(): Error {
  return raise("resource.closed", {
    op: "environment.remote",
    detail: { type: "environment" },
    message: "Cannot use the environment: it is closed",
  });
}

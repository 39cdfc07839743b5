import { type Clock, systemClock, systemRandom, untilAborted } from "@bedplate/clock";
import { recordSeconds, withSpan } from "@bedplate/telemetry";
import type {
  BackendHealth,
  BackendSample,
  DesiredRoute,
  DrainCount,
  Generation,
  IngressCapabilities,
  IngressDriver,
  IngressLimits,
} from "./ingress-driver.ts";
import {
  closedFault,
  conflictFault,
  fullFault,
  generationFault,
  lateFault,
  missingFault,
  refuse,
} from "./ingress-faults.ts";
import { Prober } from "./probe.ts";
import { checkRoute, refuseUndeclared } from "./route-check.ts";
import { cursorAfter, type ListRequest, planPage } from "./route-page.ts";
import type { RouteRequest } from "./route-spec.ts";

/** Every method takes it; abort means that the caller stops waiting, not that nothing happens. */
export interface Waiting {
  readonly signal?: AbortSignal | undefined;
}

/** How a change is bound to what the caller last saw. */
export interface ChangeOptions extends Waiting {
  /** The generation that must be there, or `absent`. Default: whatever is there is replaced. */
  readonly ifGeneration?: Generation | "absent" | undefined;
}

/** How long to wait for the data plane. */
export interface ServedOptions extends Waiting {
  /** Default: 10,000. */
  readonly timeoutMs?: number | undefined;
}

/** A route, what probes saw of it, and how its backends are. */
export interface RouteStatus extends DesiredRoute {
  readonly name: string;
  /** The oldest generation that a replica answers with; null while one answers with none. */
  readonly servedGeneration: Generation | null;
  readonly backends: Readonly<Record<string, BackendHealth>>;
}

/** Part of a listing; `next` is there when more may follow. */
export interface RoutePage {
  readonly routes: readonly DesiredRoute[];
  readonly next?: string | undefined;
}

/** Which backend to take out of a route, and how long its streams may last. */
export interface DrainRequest {
  readonly route: string;
  readonly backend: string;
  readonly deadlineMs: number;
}

/** How a provider is bound. */
export interface IngressProviderOptions {
  readonly clock?: Clock | undefined;
  /** Seals list cursors; replicas must share it. Default: chance, so cursors end with the process. */
  readonly cursorSecret?: Uint8Array | undefined;
}

const servedMsDefault = 10_000;
/** Between two rounds of probes: short at first, since most changes are served at once. */
const pauseMsFirst = 2;
const pauseMsMax = 100;

/**
 * Wanted routes over one data plane, and the proof that it serves them: `served` asks every replica
 * of the data plane as a client would.
 */
export class IngressProvider implements AsyncDisposable {
  readonly #driver: IngressDriver;
  readonly #clock: Clock;
  readonly #cursorSecret: Uint8Array;
  readonly #prober = new Prober();
  readonly #closing = new AbortController();

  constructor(driver: IngressDriver, options: IngressProviderOptions = {}) {
    this.#driver = driver;
    this.#clock = options.clock ?? systemClock;
    this.#cursorSecret = options.cursorSecret ?? systemRandom.bytes(32);
  }

  get limits(): IngressLimits {
    return this.#driver.limits;
  }

  get capabilities(): IngressCapabilities {
    return this.#driver.capabilities;
  }

  /**
   * Replaces the route of this name, or adds it; the same route again keeps its generation. Throws
   * `version.mismatch` with what is there, `capability.undeclared` for an option that the data
   * plane lacks, `quota.exceeded` and `argument.invalid`; all of them without effect.
   */
  apply(route: RouteRequest, options: ChangeOptions = {}): Promise<DesiredRoute> {
    return this.#operate("apply", options, async (driver) => {
      const spec = checkRoute(route, driver);
      const condition = checkedCondition("apply", options.ifGeneration);
      const answer = await driver.apply(spec, condition);
      if (answer.kind === "applied") return answer.route;
      if (answer.kind === "certificate") {
        throw refuse("apply", "/tls/certificate", "must be one that the data plane has");
      }
      if (answer.kind === "full") throw fullFault(driver.limits.routesMax);
      throw generationFault("apply", { name: spec.name, condition, actual: answer.actual });
    });
  }

  /** True when there was such a route. Open requests go on; to end them, `drain` first. */
  remove(name: string, options: ChangeOptions = {}): Promise<boolean> {
    return this.#operate("remove", options, async (driver) => {
      const condition = checkedCondition("remove", options.ifGeneration);
      const answer = await driver.remove(name, condition);
      if (answer.kind !== "generation") return answer.kind === "removed";
      throw generationFault("remove", { name, condition, actual: answer.actual });
    });
  }

  /** The route, what every replica serves of it, and its backends; null when there is none. */
  status(name: string, options: Waiting = {}): Promise<RouteStatus | null> {
    return this.#operate("status", options, (driver) => this.#status(driver, name));
  }

  /** One page in the order of the names. */
  list(request: ListRequest = {}, options: Waiting = {}): Promise<RoutePage> {
    return this.#operate("list", options, async (driver) => {
      const page = planPage(request, { secret: this.#cursorSecret, limits: driver.limits });
      const routes = await driver.list(page.range);
      const next = cursorAfter(routes, page);
      return { routes, ...(next !== undefined && { next }) };
    });
  }

  /** Every route, page by page; routes that stay are yielded exactly once. */
  async *listAll(options: Waiting = {}): AsyncGenerator<DesiredRoute, void, void> {
    let cursor: string | undefined;
    do {
      const page = await this.list({ cursor }, options);
      yield* page.routes;
      cursor = page.next;
    } while (cursor !== undefined);
  }

  /**
   * Resolves when every replica of the data plane answers a probe with at least this generation.
   * Throws `deadline.exceeded` (the data plane goes on converging), `route.conflict`,
   * `resource.missing`, and `capability.undeclared` where nothing is served at all.
   */
  served(name: string, generation: Generation, options: ServedOptions = {}): Promise<RouteStatus> {
    return this.#operate("served", options, async (driver) => {
      if (driver.capabilities.protocols.length === 0)
        throw refuseUndeclared("http1", "ingress.served");
      const timeoutMs = checkedTimeout(options.timeoutMs ?? servedMsDefault);
      const { signal } = options;
      return await this.#untilServed(driver, { name, generation, timeoutMs, signal });
    });
  }

  /**
   * Sends the backend nothing new until the route changes; resolves when its streams have ended, at
   * the deadline by force.
   */
  drain(request: DrainRequest, options: Waiting = {}): Promise<DrainCount> {
    return this.#operate("drain", options, async (driver) => {
      const { deadlineMs, route, backend } = request;
      const { drainMsMax } = driver.limits;
      if (!Number.isInteger(deadlineMs) || deadlineMs < 0 || deadlineMs > drainMsMax) {
        throw refuse("drain", "/deadlineMs", `must be a whole number from 0 to ${drainMsMax}`);
      }
      const found = await driver.get(route);
      if (!found?.spec.backends.some(({ id }) => id === backend)) {
        throw missingFault("drain", found === null ? route : `${route}/${backend}`);
      }
      return await driver.drain({ route, backend, deadlineMs });
    });
  }

  /** What each backend of a route answered since the route came. */
  samples(name: string, options: Waiting = {}): Promise<readonly BackendSample[]> {
    return this.#operate("samples", options, async (driver) => {
      if ((await driver.get(name)) === null) throw missingFault("samples", name);
      return await driver.samples(name);
    });
  }

  /** Refuses what comes, and closes the driver once. */
  async close(): Promise<void> {
    if (this.#closing.signal.aborted) return;
    this.#closing.abort(closedFault("ingress.served"));
    this.#prober[Symbol.dispose]();
    await this.#driver[Symbol.asyncDispose]();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #status(driver: IngressDriver, name: string): Promise<RouteStatus | null> {
    const route = await driver.get(name);
    if (route === null) return null;
    const [servedGeneration, backends] = await Promise.all([
      this.#probe(driver, route),
      driver.health(name),
    ]);
    return { ...route, name, servedGeneration, backends };
  }

  /** What the replica that is furthest behind answers. */
  async #probe(driver: IngressDriver, { spec }: DesiredRoute): Promise<Generation | null> {
    const replicas = await driver.replicas();
    const seen = await Promise.all(replicas.map((replica) => this.#prober.ask(replica, spec)));
    const known = seen.filter((generation) => generation !== null);
    return seen.length === 0 || known.length < seen.length ? null : Math.min(...known);
  }

  async #untilServed(driver: IngressDriver, wish: Wish): Promise<RouteStatus> {
    const untilMs = this.#clock.monotonic() + wish.timeoutMs;
    const signal = wish.signal
      ? AbortSignal.any([wish.signal, this.#closing.signal])
      : this.#closing.signal;
    for (let pauseMs = pauseMsFirst; ; pauseMs = Math.min(pauseMs * 2, pauseMsMax)) {
      const status = await this.#status(driver, wish.name);
      if (status === null) throw missingFault("served", wish.name);
      if (status.conflictsWith !== null) throw conflictFault(wish.name, status.conflictsWith);
      if ((status.servedGeneration ?? -1) >= wish.generation) return status;
      const leftMs = untilMs - this.#clock.monotonic();
      if (leftMs <= 0) throw lateFault(wish.name, wish);
      await this.#clock.sleep(Math.min(pauseMs, leftMs), { signal });
    }
  }

  async #operate<T>(
    verb: string,
    { signal }: Waiting,
    work: (driver: IngressDriver) => Promise<T>,
  ): Promise<T> {
    signal?.throwIfAborted();
    if (this.#closing.signal.aborted) throw closedFault(`ingress.${verb}`);
    const startedMs = this.#clock.monotonic();
    try {
      return await withSpan(`ingress.${verb}`, {}, () => untilAborted(work(this.#driver), signal));
    } finally {
      const seconds = (this.#clock.monotonic() - startedMs) / 1000;
      recordSeconds(`bedplate_ingress_${verb}_seconds`, seconds, {});
    }
  }
}

interface Wish extends Waiting {
  readonly name: string;
  readonly generation: Generation;
  readonly timeoutMs: number;
}

function checkedCondition(verb: string, condition: ChangeOptions["ifGeneration"]) {
  if (condition === undefined) return "any";
  if (condition === "absent" || (Number.isSafeInteger(condition) && condition > 0)) {
    return condition;
  }
  throw refuse(verb, "/ifGeneration", "must be a whole number from 1, or absent");
}

function checkedTimeout(timeoutMs: number): number {
  if (Number.isFinite(timeoutMs) && timeoutMs >= 0) return timeoutMs;
  throw refuse("served", "/timeoutMs", "must be a number from 0");
}

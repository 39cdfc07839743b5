import type { Backend, Endpoint, RouteSpec } from "@bedplate/ingress";
import { poolName } from "./config.ts";

/** A server of a pool, and the endpoint that it stands for. */
export interface PoolServer {
  readonly backend: string;
  readonly address: Endpoint;
  readonly weight: number;
  /** Known to take connections; before that it gets requests only where no other can. */
  isUp: boolean;
  isDraining: boolean;
  /** What it had counted when it began to stand for this endpoint. */
  readonly countedBefore: { readonly requests: number; readonly faults: number };
}

/** A pool that a route uses. */
export interface Pool {
  readonly index: number;
  /** By slot; an empty slot is in maintenance. */
  readonly servers: (PoolServer | null)[];
}

/** The highest weight that the engine knows. */
const weightMax = 256;

/** Pools and their slots: they are in the configuration, and routes come and go without a reload. */
export class Pools {
  readonly #slots: number;
  readonly #free: number[];
  readonly #used = new Map<string, Pool>();

  constructor({ pools, slots }: { readonly pools: number; readonly slots: number }) {
    this.#slots = slots;
    this.#free = Array.from({ length: pools }, (_, i) => pools - 1 - i);
  }

  get(route: string): Pool | undefined {
    return this.#used.get(route);
  }

  /** Every pool that is used. */
  all(): readonly Pool[] {
    return [...this.#used.values()];
  }

  /** The pool of a route; undefined when all are taken. */
  take(route: string): Pool | undefined {
    const found = this.#used.get(route);
    if (found !== undefined) return found;
    const index = this.#free.pop();
    if (index === undefined) return undefined;
    const pool = { index, servers: Array.from({ length: this.#slots }, () => null) };
    this.#used.set(route, pool);
    return pool;
  }

  /** Takes a pool back; its slots must be in maintenance. */
  give(route: string): void {
    const pool = this.#used.get(route);
    if (pool === undefined) return;
    this.#used.delete(route);
    this.#free.push(pool.index);
  }

  /** The lines of the configuration: a restart comes up with what is wanted. */
  lines(pools: number): readonly (readonly string[])[] {
    const byIndex = new Map([...this.#used.values()].map((pool) => [pool.index, pool]));
    return Array.from({ length: pools }, (_, index) =>
      Array.from({ length: this.#slots }, (__, slot) =>
        serverLine(slot, byIndex.get(index)?.servers[slot] ?? null, byIndex.get(index)),
      ),
    );
  }
}

/** The weight that the engine gives to a server now. */
export function weightNow(server: PoolServer, pool: Pool): number {
  if (server.isUp) return server.weight;
  const isAlone = pool.servers.every((each) => each === null || each.weight === 0 || !each.isUp);
  return isAlone ? server.weight : 0;
}

/** Weights of a route's servers: shares of the backends, as whole numbers that the engine knows. */
export function serverWeights(backends: readonly Backend[]): readonly number[] {
  const exact = backends.flatMap(({ weight, endpoints }) =>
    endpoints.map(() => weight / endpoints.length),
  );
  const highest = Math.max(...exact, 0);
  const isWhole = exact.every(Number.isInteger) && highest <= weightMax;
  if (isWhole || highest === 0) return exact;
  return exact.map((each) =>
    each === 0 ? 0 : Math.max(1, Math.round((each / highest) * weightMax)),
  );
}

/** True for routes that need servers of their own: more than one endpoint to choose from. */
export function needsPool({ backends }: RouteSpec): boolean {
  return backends.length > 1 || (backends[0]?.endpoints.length ?? 0) > 1;
}

/** The name of a slot. */
export function slotName({ index }: Pool, slot: number): string {
  return `${poolName(index)}/s${slot}`;
}

function serverLine(slot: number, server: PoolServer | null, pool: Pool | undefined): string {
  if (server === null || pool === undefined) return `server s${slot} 0.0.0.0:1 disabled`;
  const { host, port } = server.address;
  const at = host.includes(":") ? `[${host}]` : host;
  const weight = server.isDraining ? 0 : weightNow(server, pool);
  return `server s${slot} ${at}:${port} weight ${weight}`;
}

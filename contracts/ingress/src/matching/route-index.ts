import type { RouteMatch } from "../route-spec.ts";
import { normaliseHost, normalisePrefix, readPath } from "./request-place.ts";

/** What of a request decides its route. */
export interface RequestPlace {
  readonly host: string;
  /** As it stands in the request line; may have a query. */
  readonly target: string;
  readonly method: string;
  /** The value of a header by its lower-case name. */
  header(name: string): string | undefined;
}

/** A route as the index needs it. */
export interface IndexedRoute {
  readonly name: string;
  readonly match: RouteMatch;
  /** When the route got its match: of two equals the older one counts. */
  readonly age: number;
}

/** A route that changes its match may stay at its host and prefix: there it has two ages for a moment. */
function isSame(a: IndexedRoute, b: IndexedRoute): boolean {
  return a.name === b.name && a.age === b.age;
}

/** Routes by host, then by prefix, each list in the order of precedence. */
type HostRoutes<R> = Map<string, R[]>;

/**
 * Finds the route of a request: exact host before wildcard, then the longest prefix, then more
 * headers, then named methods, then the older one. The cost does not grow with the number of routes.
 */
export class RouteIndex<R extends IndexedRoute> {
  readonly #hosts = new Map<string, HostRoutes<R>>();

  add(route: R): void {
    const [host, prefix] = placeOf(route.match);
    const byPrefix = this.#hosts.get(host) ?? new Map<string, R[]>();
    const routes = [...(byPrefix.get(prefix) ?? []), route];
    this.#hosts.set(host, byPrefix.set(prefix, routes.sort(byPrecedence)));
  }

  delete(route: R): void {
    const [host, prefix] = placeOf(route.match);
    const byPrefix = this.#hosts.get(host);
    const left = (byPrefix?.get(prefix) ?? []).filter((each) => !isSame(each, route));
    if (left.length > 0) return void byPrefix?.set(prefix, left);
    byPrefix?.delete(prefix);
    if (byPrefix?.size === 0) this.#hosts.delete(host);
  }

  /** The route of a request; null for none; `ambiguous` when two readers may find two different ones. */
  find(request: RequestPlace): R | null | "ambiguous" {
    const readings = readPath(request.target);
    if (readings === null) return "ambiguous";
    const host = normaliseHost(request.host);
    const found = this.#at(host, readings.literal, request);
    if (readings.decoded === undefined) return found;
    return this.#at(host, readings.decoded, request) === found ? found : "ambiguous";
  }

  #at(host: string, path: string, request: RequestPlace): R | null {
    const exact = longest(this.#hosts.get(host), path, request);
    if (exact !== null) return exact;
    const dot = host.indexOf(".");
    if (dot < 1) return null;
    return longest(this.#hosts.get(`*${host.slice(dot)}`), path, request);
  }
}

/** The name of everything that a match matches: routes that have the same one are in conflict. */
export function matchKey(match: RouteMatch): string {
  const methods = [...new Set(match.methods ?? [])].sort();
  const headers = Object.entries(match.headers ?? {}).sort(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify([...placeOf(match), methods, headers]);
}

function placeOf(match: RouteMatch): readonly [host: string, prefix: string] {
  return [normaliseHost(match.host), normalisePrefix(match.pathPrefix) ?? match.pathPrefix];
}

function longest<R extends IndexedRoute>(
  byPrefix: HostRoutes<R> | undefined,
  path: string,
  request: RequestPlace,
): R | null {
  if (byPrefix === undefined) return null;
  // A prefix has no slash at its end, so that `/a/` and `/a` are one place.
  let prefix = path.endsWith("/") ? path.slice(0, -1) : path;
  for (;;) {
    const found = byPrefix.get(prefix)?.find((route) => fits(route.match, request));
    if (found !== undefined) return found;
    const slash = prefix.lastIndexOf("/");
    if (slash === -1) return null;
    prefix = prefix.slice(0, slash);
  }
}

function fits({ methods, headers }: RouteMatch, request: RequestPlace): boolean {
  if (methods !== undefined && !methods.includes(request.method)) return false;
  if (headers === undefined) return true;
  return Object.entries(headers).every(([name, value]) => request.header(name) === value);
}

function byPrecedence(a: IndexedRoute, b: IndexedRoute): number {
  return headerCount(b) - headerCount(a) || methodRank(b) - methodRank(a) || a.age - b.age;
}

function headerCount({ match }: IndexedRoute): number {
  return Object.keys(match.headers ?? {}).length;
}

function methodRank({ match }: IndexedRoute): number {
  return match.methods === undefined ? 0 : 1;
}

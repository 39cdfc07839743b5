import { hash } from "node:crypto";
import type { BackendHealth, RouteMatch, RouteSpec, TableRoute } from "@bedplate/ingress";
import { Balancer, type Share } from "./balancer.ts";
import type { EndpointHealth, WatchedEndpoint } from "./endpoint-health.ts";
import { LiveBackend } from "./live-backend.ts";
import { RateWindow } from "./rate-window.ts";

/** A route as it is served, at one generation. */
export interface LiveRoute {
  readonly name: string;
  readonly match: RouteMatch;
  readonly age: number;
  readonly generation: number;
  readonly spec: RouteSpec;
  readonly balancer: Balancer;
  readonly window: RateWindow | null;
  /** The digests of `spec.access`, as bytes. */
  readonly digests: readonly Buffer[];
  readonly state: RouteState;
  readonly endpoints: readonly WatchedEndpoint[];
  readonly mirrorEndpoints: readonly WatchedEndpoint[];
}

/** What outlives the generations of a route. */
export interface RouteState {
  readonly backends: Map<string, LiveBackend>;
  /** What the mirror is owed, in percent of a request, and how many copies are under way. */
  mirrorCredit: number;
  mirrorsOpen: number;
}

/** The state of a route that is new. */
export function newRouteState(): RouteState {
  return { backends: new Map(), mirrorCredit: 0, mirrorsOpen: 0 };
}

/** Makes a route ready to serve; give its endpoints back when it ends. */
export function makeLiveRoute(
  { spec, generation, age }: TableRoute,
  { state, health }: { readonly state: RouteState; readonly health: EndpointHealth },
): LiveRoute {
  const shares = spec.backends.map((backend) => shareOf(spec, backend, { state, health }));
  const ids = new Set(spec.backends.map(({ id }) => id));
  for (const id of state.backends.keys()) if (!ids.has(id)) state.backends.delete(id);
  const rate = spec.limits?.requestsPerSecond;
  return {
    name: spec.name,
    match: spec.match,
    age,
    generation,
    spec,
    balancer: new Balancer(shares),
    window: rate === undefined ? null : new RateWindow(rate),
    digests: (spec.access?.tokenDigests ?? []).map((each) => Buffer.from(each.slice(7), "hex")),
    state,
    endpoints: shares.flatMap(({ targets }) => targets.map(({ endpoint }) => endpoint)),
    mirrorEndpoints: (spec.mirror?.backend.endpoints ?? []).map((each) => health.use(each)),
  };
}

/** How the backends of a route are. */
export function healthOf({ balancer }: LiveRoute): Readonly<Record<string, BackendHealth>> {
  return Object.fromEntries(
    balancer.shares.map(({ backend, targets }) => [
      backend.id,
      backend.health(targets.map(({ endpoint }) => endpoint)),
    ]),
  );
}

function shareOf(
  { name }: RouteSpec,
  spec: RouteSpec["backends"][number],
  { state, health }: { readonly state: RouteState; readonly health: EndpointHealth },
): Share {
  const backend = state.backends.get(spec.id) ?? new LiveBackend(spec.id);
  state.backends.set(spec.id, backend);
  backend.isDraining = false;
  const targets = spec.endpoints.map((each) => {
    const endpoint = health.use(each);
    const pin = hash("sha256", `${name}/${spec.id}/${endpoint.key}`, "hex").slice(0, 16);
    return { backend, endpoint, pin };
  });
  return { spec, backend, targets, credit: 0, turn: 0 };
}

import { isIP } from "node:net";
import { raise } from "@bedplate/errors";
import type { IngressCapabilities, IngressLimits } from "./ingress-driver.ts";
import { normalisePrefix } from "./matching/request-place.ts";
import { type RouteRequest, type RouteSpec, routeSpecSchema } from "./route-spec.ts";

interface Driver {
  readonly limits: IngressLimits;
  readonly capabilities: IngressCapabilities;
}

const op = "ingress.apply";

/** A route from outside, checked, copied and complete; refuses what the driver does not declare. */
export function checkRoute(request: RouteRequest, { limits, capabilities }: Driver): RouteSpec {
  // JSON drops members that are undefined, so that two writings of one route are equal.
  const copy: unknown = JSON.parse(JSON.stringify(request));
  const spec = routeSpecSchema.parse(copy, { what: "the route", op });
  checkPrefix(spec);
  checkBackends(spec, limits);
  checkTls(spec);
  const undeclared = undeclaredOf(spec, capabilities);
  if (undeclared !== undefined) throw refuseUndeclared(undeclared, op);
  return spec;
}

/** The fault for an option that a driver does not have. */
export function refuseUndeclared(facet: string, op: string): Error {
  return raise("capability.undeclared", {
    op,
    detail: { facet },
    message: `Cannot use ${facet}: this ingress does not declare it`,
  });
}

function checkPrefix({ match }: RouteSpec): void {
  if (normalisePrefix(match.pathPrefix) !== null) return;
  throw refuse("/match/pathPrefix", "must not have dot segments or encoded separators");
}

/** Clients name hosts at the handshake, and no addresses. */
function checkTls({ match, tls }: RouteSpec): void {
  if (tls === undefined || !isAddress(match.host)) return;
  throw refuse("/match/host", "must be a name where the route has TLS");
}

function isAddress(host: string): boolean {
  return host.startsWith("[") || isIP(host) !== 0;
}

function checkBackends({ backends, limits, mirror }: RouteSpec, bounds: IngressLimits): void {
  if (backends.length > bounds.backendsMax) {
    throw refuse("/backends", "are too many", bounds.backendsMax);
  }
  if (new Set(backends.map(({ id }) => id)).size < backends.length) {
    throw refuse("/backends", "have one id twice");
  }
  for (const [index, { endpoints }] of [
    ...backends,
    ...(mirror ? [mirror.backend] : []),
  ].entries()) {
    if (endpoints.length <= bounds.endpointsMax) continue;
    throw refuse(`/backends/${index}/endpoints`, "are too many", bounds.endpointsMax);
  }
  if ((limits?.headerBytesMax ?? 0) > bounds.headerBytesMax) {
    throw refuse("/limits/headerBytesMax", "is too high", bounds.headerBytesMax);
  }
}

/** Every option that a driver may lack, and whether a route uses it. */
function undeclaredOf(spec: RouteSpec, has: IngressCapabilities): string | undefined {
  const { match, retries, sticky } = spec;
  const asked: readonly (readonly [string, boolean, boolean])[] = [
    ["match.methods", match.methods !== undefined, has.matchMethods],
    ["match.headers", match.headers !== undefined, has.matchHeaders],
    ["retries", retries !== undefined, retries?.on.every((on) => has.retries.includes(on)) ?? true],
    ["mirror", spec.mirror !== undefined, has.mirror],
    ["sticky", sticky !== undefined, sticky === undefined || has.sticky.includes(sticky.by)],
    ["rateLimit", spec.limits?.requestsPerSecond !== undefined, has.rateLimit],
    ["access", spec.access !== undefined, has.access],
    ["tls", spec.tls !== undefined, has.tls],
  ];
  return asked.find(([, isUsed, isDeclared]) => isUsed && !isDeclared)?.[0];
}

function refuse(path: string, rule: string, limit?: number): Error {
  const bound = limit === undefined ? "" : ` (the limit is ${limit})`;
  return raise("argument.invalid", {
    op,
    detail: { path, rule, limit },
    message: `Cannot apply the route: ${path} ${rule}${bound}`,
  });
}

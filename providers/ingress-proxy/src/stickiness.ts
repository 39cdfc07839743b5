import type { IncomingMessage } from "node:http";
import type { Target } from "./balancer.ts";
import type { LiveRoute } from "./live-route.ts";

const none: ReadonlySet<Target> = new Set();

/** The target of a request: the one that the client is kept on, else the next by weight. */
export function targetOf(route: LiveRoute, request: IncomingMessage): Target | null {
  const { sticky } = route.spec;
  if (sticky === undefined) return route.balancer.pick(none);
  if (sticky.by === "cookie") {
    const pin = cookieOf(request, sticky.name);
    return (pin === undefined ? null : route.balancer.pinned(pin)) ?? route.balancer.pick(none);
  }
  const value = request.headers[sticky.name];
  return value === undefined ? route.balancer.pick(none) : route.balancer.hashed(String(value));
}

/** The cookie that keeps a client on a target; null where it has it already, or needs none. */
export function pinCookie(
  { spec, match }: LiveRoute,
  request: IncomingMessage,
  { pin }: Target,
): string | null {
  if (spec.sticky?.by !== "cookie") return null;
  if (cookieOf(request, spec.sticky.name) === pin) return null;
  return `${spec.sticky.name}=${pin}; Path=${match.pathPrefix}; HttpOnly; SameSite=Lax`;
}

function cookieOf({ headers }: IncomingMessage, name: string): string | undefined {
  const start = `${name}=`;
  return headers.cookie
    ?.split(";")
    .map((each) => each.trim())
    .find((each) => each.toLowerCase().startsWith(start))
    ?.slice(start.length);
}

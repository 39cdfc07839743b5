import {
  normaliseHost,
  normalisePrefix,
  type RouteMatch,
  type TableRoute,
} from "@bedplate/ingress";

/** Where a route's requests go: an address, a pool, or nowhere. */
export type RouteTarget =
  | { readonly kind: "direct"; readonly host: string; readonly port: number }
  | { readonly kind: "pool"; readonly name: string }
  | { readonly kind: "none" };

/** Stands for no limit: longer than any body. */
const unlimited = 9_000_000_000_000_000;

/** Stands for the certificate of a route without TLS; no certificate has this name. */
export const noTls = "~";

/** The key of a route in the map: the engine looks for the longest one that a request begins with. */
export function routeKey(match: RouteMatch): string {
  return `${normaliseHost(match.host)}${normalisePrefix(match.pathPrefix) ?? ""}/`;
}

/** The value of a route in the map: everything of it that rules ask for, so that a change is one step. */
export function routeValue(
  { spec, generation }: TableRoute,
  target: RouteTarget,
  { headerBytesMax }: { readonly headerBytesMax: number },
): string {
  const { limits, access, tls } = spec;
  const [to, port] = targetFields(target);
  return [
    generation,
    spec.name,
    target.kind,
    to,
    port,
    spec.timeoutMs,
    limits?.bodyBytesMax ?? unlimited,
    limits?.headerBytesMax ?? headerBytesMax,
    limits?.bodyBytesMax === undefined ? "any" : "declared",
    access === undefined ? "public" : "private",
    tls?.certificate ?? noTls,
    tls?.versionMin ?? noTls,
  ].join("|");
}

/** The keys of a route's tokens: those of another generation open nothing. */
export function tokenKeys({ spec, generation }: TableRoute): readonly string[] {
  const digests = spec.access?.tokenDigests ?? [];
  return digests.map((digest) => `${spec.name}@${generation}/${digest.slice("sha256:".length)}`);
}

function targetFields(target: RouteTarget): readonly [string, number] {
  if (target.kind === "direct") return [target.host, target.port];
  return [target.kind === "pool" ? target.name : "-", 0];
}

import type { ConformanceCase } from "@bedplate/conformance";
import type { DesiredRoute } from "../ingress-driver.ts";
import type { IngressProvider, RouteStatus } from "../ingress-provider.ts";
import type { Backend, Endpoint, RouteRequest } from "../route-spec.ts";

/** What a harness can do to an ingress from outside. */
export interface IngressKit {
  /** The data plane's own time. */
  readonly clock: { now(): number; advance(ms: number): Promise<void> };
  readonly seed: string;
  /** Where clients connect; the ports of backends on loopback can be reached from there. */
  readonly at: Endpoint;
  /** Opens the same place as another caller would. */
  second(): Promise<IngressProvider>;
  /** Closes the ingress and opens the same place again, at the same address. */
  readonly reopen?: (() => Promise<IngressProvider>) | undefined;
  /** Runs `applyUntilKilled` in a process that is killed without warning, and opens what is left. */
  readonly crash?: ((reportsMin: number) => Promise<CrashedIngress>) | undefined;
  /** Kills the data plane's processes without warning; the driver has to bring it back. */
  readonly killEngine?: (() => Promise<void>) | undefined;
  /** A second replica of the data plane: while it is held, it answers with what it had then. */
  readonly laggard?: { hold(): Promise<void>; release(): Promise<void> } | undefined;
  /** Where clients reach TLS, and how certificates come to the data plane; absent where it has no TLS. */
  readonly certificates?: CertificateControl | undefined;
  /** Keeps the thread of the data plane from running. */
  readonly stall?: ((ms: number) => Promise<void>) | undefined;
}

/** The operator of a data plane that ends TLS. */
export interface CertificateControl {
  readonly at: Endpoint;
  /** Puts a chain and its key in place under a name, new or in the place of what was there. */
  put(name: string, pem: string): Promise<void>;
}

/** What a killed process said, and what it left. */
export interface CrashedIngress {
  readonly reports: readonly string[];
  readonly ingress: IngressProvider;
}

export type IngressCase = ConformanceCase<IngressProvider, IngressKit>;

/** Selects cases for data planes that serve. */
export const serves = ({ capabilities }: IngressProvider): boolean =>
  capabilities.protocols.includes("http1");

/** A host that no other case has. */
export const host = "app.example.test";

/** Something that listens. */
export interface Listening {
  readonly id: string;
  readonly at: Endpoint;
}

/** What of a route a case is about. */
export type RouteChange = Partial<Omit<RouteRequest, "match">> & {
  readonly match?: Partial<RouteRequest["match"]> | undefined;
};

/** A route for the host to backends of equal weight, with some of it changed. */
export function routeTo(backends: readonly Listening[], change: RouteChange = {}): RouteRequest {
  return {
    name: "app",
    backends: backends.map((each) => backendOf(each)),
    ...change,
    match: { host, ...change.match },
  };
}

/** A backend with one endpoint. */
export function backendOf({ id, at }: Listening, weight = 1): Backend {
  return { id, weight, endpoints: [at] };
}

/** A route that leads nowhere, for cases that ask nothing of it. */
export function idleRoute(name: string, change: RouteChange = {}): RouteRequest {
  const at = { host: "127.0.0.1", port: 9 };
  return routeTo([{ id: "b", at }], { name, match: { host: `${name}.example.test` }, ...change });
}

/** Applies a route and waits until it is served. */
export async function serve(ingress: IngressProvider, route: RouteRequest): Promise<RouteStatus> {
  const { generation } = await ingress.apply(route);
  return await ingress.served(route.name, generation);
}

/** Everything that is wanted, for comparison. */
export async function dump(ingress: IngressProvider): Promise<readonly DesiredRoute[]> {
  return await Array.fromAsync(ingress.listAll());
}

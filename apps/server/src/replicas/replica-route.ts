import type { Backend, IngressProvider } from "@bedplate/ingress";
import type { Replica } from "./replica-directory.ts";

const routeName = "bedplate-api";
/** How long a replica may take to begin its answer: a waited-for run answers when it has ended. */
const timeoutMs = 600_000;

/** Where the API is served. */
export interface ReplicaRouteOptions {
  readonly host: string;
  /** Name of the ingress's certificate; absent or empty: without TLS. */
  readonly certificate?: string | undefined;
}

/**
 * Keeps the ingress's route for the API as the replicas are. Every replica that has an ingress does
 * so; an unchanged route keeps its generation, so that only a change costs anything.
 */
export function routeReplicas(
  ingress: IngressProvider,
  { host, certificate = "" }: ReplicaRouteOptions,
): ((replicas: readonly Replica[]) => Promise<void>) | undefined {
  const { protocols, retries } = ingress.capabilities;
  if (!protocols.includes("http1")) return undefined;
  return async (replicas) => {
    const backends = replicas.map(backendOf).toSorted((a, b) => (a.id < b.id ? -1 : 1));
    if (backends.length === 0) return;
    await ingress.apply({
      name: routeName,
      match: { host },
      backends,
      timeoutMs,
      ...(certificate !== "" && { tls: { certificate, versionMin: "1.2" } }),
      ...(retries.includes("connect") && { retries: { max: 2, on: ["connect"] } }),
    });
  };
}

function backendOf({ id, url }: Replica): Backend {
  const { hostname, port, protocol } = new URL(url);
  const host = hostname.replace(/^\[|\]$/g, "");
  const portNumber = port === "" ? (protocol === "https:" ? 443 : 80) : Number(port);
  return { id, weight: 1, endpoints: [{ host, port: portNumber }] };
}

import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo } from "node:net";
import { overriding } from "@bedplate/conformance";
import { makeCertificate } from "@bedplate/conformance/certificates";
import type { DesiredRoute, IngressDriver } from "../ingress-driver.ts";
import { type IndexedRoute, RouteIndex } from "../matching/route-index.ts";
import { probeHeaders } from "../probe.ts";
import type { Endpoint } from "../route-spec.ts";
import type { IngressKit } from "./ingress-case.ts";

/** A driver with one more replica, which can be held back. */
export interface Lagging extends AsyncDisposable {
  readonly driver: IngressDriver;
  readonly laggard: NonNullable<IngressKit["laggard"]>;
}

const secret = "laggard";

/** Adds a replica to a data plane that answers probes; while it is held, with what it knew then. */
export async function withLaggard(driver: IngressDriver): Promise<Lagging> {
  let held: readonly DesiredRoute[] | null = null;
  const known = () => driver.list({ after: null, limit: driver.limits.pageMax });
  const answer = async (request: IncomingMessage, response: ServerResponse) => {
    const route = routeOf(request, held ?? (await known()));
    if (request.headers[probeHeaders.secret] === secret && route !== undefined) {
      response.setHeader(probeHeaders.route, route.spec.name);
      response.setHeader(probeHeaders.generation, String(route.generation));
    }
    response.end();
  };
  const listener = (request: IncomingMessage, response: ServerResponse) => {
    // Without an answer it is a replica that is silent.
    answer(request, response).catch(() => response.destroy());
  };
  const { certificate: cert, privateKey: key } = makeCertificate();
  const servers = [createServer(listener), createTlsServer({ cert, key }, listener)] as const;
  const [at, tls] = await Promise.all([listening(servers[0]), listening(servers[1])]);
  const laggard = {
    async hold() {
      held = await known();
    },
    async release() {
      held = null;
    },
  };
  return {
    driver: overriding(driver, {
      replicas: async () => [...(await driver.replicas()), { id: "laggard", at, tls, secret }],
    }),
    laggard,
    async [Symbol.asyncDispose]() {
      for (const server of servers) {
        server.close();
        server.closeAllConnections();
      }
    },
  };
}

async function listening(server: Server): Promise<Endpoint> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { host: "127.0.0.1", port: (server.address() as AddressInfo).port };
}

function routeOf(request: IncomingMessage, routes: readonly DesiredRoute[]) {
  const { headers, method = "", url: target = "" } = request;
  const index = new RouteIndex<IndexedRoute & { readonly route: DesiredRoute }>();
  for (const route of routes) {
    const { spec, generation, conflictsWith } = route;
    if (conflictsWith !== null) continue;
    index.add({ name: spec.name, match: spec.match, age: generation, route });
  }
  const header = (name: string) => headers[name]?.toString();
  const found = index.find({ host: headers.host ?? "", target, method, header });
  return found === "ambiguous" ? undefined : found?.route;
}

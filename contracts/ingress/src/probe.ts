import { Agent, request } from "node:http";
import { request as requestTls } from "node:https";
import type { Generation, IngressReplica } from "./ingress-driver.ts";
import type { RouteSpec } from "./route-spec.ts";

/**
 * How a data plane is asked what it serves: a request for the route's place that brings the
 * replica's secret in `x-bedplate-probe` is matched as any other, and answered by the data plane
 * itself with the name and the generation of the route that it found. A route with TLS is asked for
 * over TLS.
 */
export const probeHeaders = {
  secret: "x-bedplate-probe",
  route: "x-bedplate-route",
  generation: "x-bedplate-generation",
} as const;

/** The longest that one probe waits. */
const probeMs = 2_000;

/** The wildcard's label in probes; no exact host should have it. */
const probeLabel = "bedplate-probe";

/** Asks replicas what they serve, over connections that are kept. */
export class Prober implements Disposable {
  readonly #agent = new Agent({ keepAlive: true, maxFreeSockets: 4 });

  /** The generation at which a replica serves the route; null when it serves another one, none, or is silent. */
  ask(replica: IngressReplica, spec: RouteSpec): Promise<Generation | null> {
    const { name, tls } = spec;
    if (tls !== undefined && replica.tls === undefined) return Promise.resolve(null);
    return new Promise((resolve) => {
      const asking = this.#request(replica, spec);
      asking.once("response", (answer) => {
        answer.resume();
        const { [probeHeaders.route]: route, [probeHeaders.generation]: generation } =
          answer.headers;
        resolve(route === name ? Number(generation) : null);
      });
      asking.once("error", () => resolve(null));
      asking.end();
    });
  }

  [Symbol.dispose](): void {
    this.#agent.destroy();
  }

  #request({ at, tls, secret }: IngressReplica, spec: RouteSpec) {
    const { match } = spec;
    const host = match.host.replace(/^\*/, probeLabel);
    const asked = {
      method: match.methods?.[0] ?? "GET",
      path: match.pathPrefix,
      headers: { ...match.headers, host, [probeHeaders.secret]: secret },
      signal: AbortSignal.timeout(probeMs),
    };
    if (spec.tls === undefined || tls === undefined) {
      return request({ ...asked, host: at.host, port: at.port, agent: this.#agent });
    }
    // Each probe makes a handshake of its own, so that it proves that there is one. Who answers is
    // known by the driver, which named the place; whether clients trust the certificate is not asked.
    return requestTls({
      ...asked,
      host: tls.host,
      port: tls.port,
      servername: host,
      agent: false,
      rejectUnauthorized: false,
    });
  }
}

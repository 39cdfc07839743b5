import { Agent, request } from "node:http";
import type { Generation, IngressReplica } from "./ingress-driver.ts";
import type { RouteSpec } from "./route-spec.ts";

/**
 * How a data plane is asked what it serves: a request for the route's place that brings the
 * replica's secret in `x-bedplate-probe` is matched as any other, and answered by the data plane
 * itself with the name and the generation of the route that it found.
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
  ask(replica: IngressReplica, { name, match }: RouteSpec): Promise<Generation | null> {
    const host = match.host.replace(/^\*/, probeLabel);
    return new Promise((resolve) => {
      const asking = request({
        host: replica.at.host,
        port: replica.at.port,
        agent: this.#agent,
        method: match.methods?.[0] ?? "GET",
        path: match.pathPrefix,
        headers: { ...match.headers, host, [probeHeaders.secret]: replica.secret },
        signal: AbortSignal.timeout(probeMs),
      });
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
}

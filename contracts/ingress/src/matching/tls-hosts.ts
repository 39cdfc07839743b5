import type { RouteSpec, RouteTls } from "../route-spec.ts";
import { normaliseHost } from "./request-place.ts";

/** A route as it claims the certificate of its host. */
export interface TlsRoute {
  readonly spec: Pick<RouteSpec, "name" | "match" | "tls">;
  readonly age: number;
}

/** What a handshake needs to know of a host. */
export type HostTls = Pick<RouteTls, "certificate" | "versionMin">;

/**
 * Finds the certificate of a host that a client names at the handshake: exact host before wildcard.
 * Of the routes of one host the oldest names the certificate, and those that name the same one let
 * the oldest version in that any of them wants.
 */
export class TlsHosts {
  readonly #hosts = new Map<string, TlsRoute[]>();

  /** Adds a route; one without TLS has no part in this. */
  add(route: TlsRoute): void {
    if (route.spec.tls === undefined) return;
    const host = normaliseHost(route.spec.match.host);
    const routes = [...(this.#hosts.get(host) ?? []), route];
    this.#hosts.set(
      host,
      routes.sort((a, b) => a.age - b.age),
    );
  }

  delete({ spec, age }: TlsRoute): void {
    const host = normaliseHost(spec.match.host);
    const isOther = (each: TlsRoute) => each.spec.name !== spec.name || each.age !== age;
    const left = (this.#hosts.get(host) ?? []).filter(isOther);
    if (left.length > 0) this.#hosts.set(host, left);
    else this.#hosts.delete(host);
  }

  /** Null for a host that no route with TLS has: its handshake ends. */
  find(serverName: string): HostTls | null {
    const host = normaliseHost(serverName);
    const exact = this.#at(host);
    const dot = host.indexOf(".");
    return exact ?? (dot < 1 ? null : this.#at(`*${host.slice(dot)}`));
  }

  /** Every host as routes write it, and what its handshakes need. */
  *all(): Generator<readonly [host: string, tls: HostTls], void, void> {
    for (const host of this.#hosts.keys()) {
      const tls = this.#at(host);
      if (tls !== null) yield [host, tls];
    }
  }

  #at(host: string): HostTls | null {
    const claims = (this.#hosts.get(host) ?? []).flatMap(({ spec }) => spec.tls ?? []);
    const [first] = claims;
    if (first === undefined) return null;
    const { certificate } = first;
    const isOld = claims.some((each) => {
      return each.certificate === certificate && each.versionMin === "1.2";
    });
    return { certificate, versionMin: isOld ? "1.2" : "1.3" };
  }
}

import type { IncomingMessage } from "node:http";
import { TLSSocket } from "node:tls";
import { normaliseHost } from "@bedplate/ingress";
import { type CertificateContexts, isVersionEnough } from "./certificate-contexts.ts";
import type { LiveRoute } from "./live-route.ts";

/** What becomes of a request because of how its client is connected; null: it is served. */
export type TlsVerdict = "redirected" | "misdirected" | "ended" | null;

/** The name that a client gave at the handshake; undefined for one that speaks no TLS. */
export function tlsOf({ socket }: IncomingMessage): TLSSocket | undefined {
  return socket instanceof TLSSocket ? socket : undefined;
}

/** Whether a route's requests may come over this connection. */
export function judgeTls(
  request: IncomingMessage,
  { host, route, contexts }: TlsQuestion,
): TlsVerdict {
  const { tls } = route.spec;
  const socket = tlsOf(request);
  if (socket === undefined) return tls === undefined ? null : "redirected";
  if (tls === undefined) return "misdirected";
  const name = typeof socket.servername === "string" ? socket.servername : "";
  // The handshake's host is looked up anew: a route that changes its certificate misdirects nobody.
  const isSame = normaliseHost(name) === normaliseHost(host);
  if (!isSame && contexts?.hosts.find(name)?.certificate !== tls.certificate) return "misdirected";
  return isVersionEnough(socket.getProtocol(), tls) ? null : "ended";
}

/** What a request is for, and which certificate each host has. */
export interface TlsQuestion {
  readonly host: string;
  readonly route: LiveRoute;
  readonly contexts: CertificateContexts | undefined;
}

const hostPattern = /^[a-z0-9_]([a-z0-9._-]*[a-z0-9_])?$/;

/** Where a plain request is sent; null when its host is no name, which could lead anywhere. */
export function secureLocation(
  host: string,
  { target, port }: { readonly target: string; readonly port: number },
): string | null {
  const name = normaliseHost(host);
  if (!hostPattern.test(name)) return null;
  return `https://${name}${port === 443 ? "" : `:${port}`}${target}`;
}

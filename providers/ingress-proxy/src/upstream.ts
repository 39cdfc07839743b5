import { Agent, request as ask, type ClientRequest, type IncomingMessage } from "node:http";
import { connectMsMax, type WatchedEndpoint } from "./endpoint-health.ts";
import type { ScannedHeaders } from "./header-scan.ts";
import { tlsOf } from "./tls-admission.ts";

/** Open connections per endpoint; requests beyond wait in line, within their time. */
const connectionsMax = 1_024;
const idleConnectionsMax = 256;

/** What is sent to an endpoint. */
export interface UpstreamRequest {
  readonly request: IncomingMessage;
  readonly endpoint: WatchedEndpoint;
  readonly headers: readonly string[];
  /** Uses no kept connection. */
  readonly isFresh?: boolean | undefined;
}

/** Opens and keeps the connections to backends. */
export class Upstream implements Disposable {
  readonly #kept = new Agent({
    keepAlive: true,
    maxSockets: connectionsMax,
    maxFreeSockets: idleConnectionsMax,
    scheduling: "lifo",
  });

  /** Connections of copies are their own, so that a slow mirror takes none from the primary. */
  readonly #copies = new Agent({ keepAlive: true, maxSockets: 64, maxFreeSockets: 8 });

  /** Begins a copy of a request. */
  sendCopy({ request, endpoint: { host, port }, headers }: UpstreamRequest): ClientRequest {
    const { method, url: path } = request;
    return ask({ host, port, agent: this.#copies, method, path, headers, setHost: false });
  }

  /** Begins a request; its body is for the caller to send. */
  send({ request, endpoint, headers, isFresh = false }: UpstreamRequest): ClientRequest {
    const sent = ask({
      host: endpoint.host,
      port: endpoint.port,
      agent: isFresh ? false : this.#kept,
      method: request.method,
      path: request.url,
      headers,
      setHost: false,
    });
    sent.once("socket", (socket) => {
      if (!socket.connecting) return;
      const timer = setTimeout(() => {
        sent.destroy(Object.assign(new Error("connect timed out"), { code: "ETIMEDOUT" }));
      }, connectMsMax);
      const clear = () => clearTimeout(timer);
      socket.once("connect", clear);
      socket.once("close", clear);
    });
    return sent;
  }

  [Symbol.dispose](): void {
    this.#kept.destroy();
    this.#copies.destroy();
  }
}

/** The header lines that a backend gets: the client's, and who the client is. */
export function upstreamHeaders(
  request: IncomingMessage,
  { forwarded, host, bodyBytes }: ScannedHeaders,
): string[] {
  const address = clientAddress(request);
  const proto = tlsOf(request) === undefined ? "http" : "https";
  const named = address.includes(":") ? `"[${address}]"` : address;
  forwarded.push(
    "x-forwarded-for",
    address,
    "x-forwarded-proto",
    proto,
    "x-forwarded-host",
    host,
    "forwarded",
    `for=${named};host="${host.replaceAll(/["\\]/g, "")}";proto=${proto}`,
  );
  if (bodyBytes === null) forwarded.push("transfer-encoding", "chunked");
  return forwarded;
}

/** True for errors of a connection that was never there. */
export function isConnectError(error: unknown): boolean {
  const code = String((error as NodeJS.ErrnoException).code);
  return /^(ECONNREFUSED|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|ENOTFOUND|EAI_AGAIN|EADDRNOTAVAIL)$/.test(
    code,
  );
}

function clientAddress({ socket }: IncomingMessage): string {
  const address = socket.remoteAddress ?? "unknown";
  return address.startsWith("::ffff:") ? address.slice(7) : address;
}

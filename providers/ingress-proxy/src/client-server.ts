import { createServer, type IncomingMessage, type Server } from "node:http";
import { createServer as createTlsServer, type ServerOptions } from "node:https";
import type { AddressInfo } from "node:net";
import type { TLSSocket } from "node:tls";
import { type CertificateContexts, isVersionEnough } from "./certificate-contexts.ts";
import type { DataPlaneOptions } from "./data-plane.ts";

/** The request line counts as headers for the parser, and not for us. */
const requestLineBytesMax = 8 * 1024;

/** A server for clients, without a handler yet; with certificates it speaks TLS alone. */
export function makeServer(options: DataPlaneOptions, certificates?: CertificateContexts): Server {
  const http = httpOptions(options);
  const server = certificates ? tlsServer(http, { ...options, certificates }) : createServer(http);
  // Too many headers are refused by their bytes; a count would drop some without a word.
  server.maxHeadersCount = 0;
  return server;
}

/** Resolves when the server listens. */
export function listen(
  server: Server,
  at: { readonly host: string; readonly port: number },
): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen({ host: at.host, port: at.port }, () => {
      server.removeListener("error", reject);
      resolve();
    });
  });
}

/** The port at which a server listens. */
export function portOf(server: Server): number {
  return (server.address() as AddressInfo).port;
}

function httpOptions({ headerBytesMax, headersMs }: DataPlaneOptions) {
  return {
    maxHeaderSize: headerBytesMax + requestLineBytesMax,
    insecureHTTPParser: false,
    headersTimeout: headersMs,
    // Bodies may take as long as they go on: `timeoutMs` of the route bounds their silence.
    requestTimeout: 0,
    connectionsCheckingInterval: Math.ceil(headersMs / 4),
    noDelay: true,
    shouldUpgradeCallback: isWebSocket,
  };
}

/** Other protocols are not switched to: their requests are answered as if they had not asked. */
function isWebSocket({ headers, method }: IncomingMessage): boolean {
  return method === "GET" && headers.upgrade?.toLowerCase() === "websocket";
}

interface TlsServerOptions {
  readonly headersMs: number;
  readonly certificates: CertificateContexts;
}

function tlsServer(http: ServerOptions, { headersMs, certificates }: TlsServerOptions): Server {
  const server = createTlsServer({
    ...http,
    minVersion: "TLSv1.2",
    handshakeTimeout: headersMs,
    ALPNProtocols: ["http/1.1"],
    SNICallback: (name, callback) => {
      const context = certificates.contextOf(name);
      if (context === null) callback(new Error("no route has the host"));
      else callback(null, context);
    },
  });
  // The protocol is chosen before the host is looked at, so that it can only be judged afterwards:
  // ahead of the HTTP parser, which must not see a byte of a client that is too old.
  server.prependListener("secureConnection", (socket: TLSSocket) => {
    const name = typeof socket.servername === "string" ? socket.servername : "";
    const tls = certificates.hosts.find(name);
    if (tls === null || !isVersionEnough(socket.getProtocol(), tls)) socket.destroy();
  });
  return server;
}

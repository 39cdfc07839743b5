import type { IncomingMessage, Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import { raise } from "@bedplate/errors";
import { serve } from "@hono/node-server";
import { closeServer, OpenSockets } from "./http/open-sockets.ts";
import type { BedplateServer } from "./open-server.ts";

/** A port that answers for a server. */
export interface Listening extends AsyncDisposable {
  readonly url: string;
}

/** How long open requests may take to end when the port closes. */
const closeGraceMs = 5_000;

/** Gives a server a port; port 0 takes a free one. */
export async function listen(
  server: Pick<BedplateServer, "fetch"> & Partial<Pick<BedplateServer, "upgrade">>,
  options: { readonly host: string; readonly port: number },
): Promise<Listening> {
  const { host, port } = options;
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const http = serve({ fetch: server.fetch, hostname: host, port }, () => resolve()) as Server;
  const fail = (error: NodeJS.ErrnoException) => reject(cannotListen(error, `${host}:${port}`));
  http.once("error", fail);
  const sockets = new OpenSockets(http);
  const { upgrade } = server;
  if (upgrade !== undefined) {
    http.on("upgrade", (request: IncomingMessage, socket: Duplex, head: Buffer) => {
      void upgrade(request, socket, head).catch(() => socket.destroy());
    });
  }
  await promise;
  http.off("error", fail);
  const address = http.address() as AddressInfo;
  const name = address.family === "IPv6" ? `[${address.address}]` : address.address;
  return {
    url: `http://${name}:${address.port}`,
    [Symbol.asyncDispose]: () => {
      http.closeIdleConnections();
      return closeServer(http, { sockets, graceMs: closeGraceMs });
    },
  };
}

function cannotListen(cause: NodeJS.ErrnoException, place: string): Error {
  const op = "server.listen";
  if (cause.code === "EADDRINUSE") {
    const detail = { type: "port", id: place, by: "another process" };
    const message = `Cannot listen on ${place}: another process does already`;
    return raise("resource.busy", { op, blame: "operator", detail, message, cause });
  }
  return raise("argument.invalid", {
    op,
    blame: "operator",
    detail: { path: "/listen", rule: "must be an address of this host that may be used" },
    message: `Cannot listen on ${place}: ${cause.code ?? cause.message}`,
    cause,
  });
}

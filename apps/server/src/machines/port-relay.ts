import { createServer, type Server, type Socket } from "node:net";
import { closeServer, OpenSockets } from "../http/open-sockets.ts";
import type { PortUse } from "./machine-dial.ts";

/** Most connections through one relay at once. */
export const connectionsMax = 512;

/** A listener on this host's loopback whose connections go where `open` says, asked for each anew. */
export interface PortRelay extends AsyncDisposable {
  readonly address: string;
}

/** Opens a relay; a connection for which nothing is found is closed. */
export async function openPortRelay(
  open: (signal: AbortSignal) => Promise<PortUse>,
): Promise<PortRelay> {
  const server = createServer({ allowHalfOpen: true, pauseOnConnect: true }, (socket) => {
    void join(socket, { open, sockets }).catch(() => socket.destroy());
  });
  server.maxConnections = connectionsMax;
  const sockets = new OpenSockets(server);
  const address = await listenOnLoopback(server);
  return { address, [Symbol.asyncDispose]: () => closeServer(server, { sockets }) };
}

/** Takes a free port of the loopback; answers where. */
export async function listenOnLoopback(server: Server): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once("error", reject);
  server.listen({ host: "127.0.0.1", port: 0 }, resolve);
  await promise;
  const bound = server.address();
  return `127.0.0.1:${typeof bound === "object" && bound !== null ? bound.port : 0}`;
}

async function join(
  socket: Socket,
  options: {
    readonly open: (signal: AbortSignal) => Promise<PortUse>;
    readonly sockets: OpenSockets;
  },
): Promise<void> {
  const gone = new AbortController();
  socket.once("close", () => gone.abort("left"));
  const opened = await options.open(gone.signal);
  const ahead = opened.socket;
  options.sockets.add(ahead);
  ahead.on("close", () => {
    opened[Symbol.dispose]();
    socket.destroy();
  });
  socket.on("close", () => ahead.destroy());
  if (socket.destroyed) return void ahead.destroy();
  socket.pipe(ahead);
  ahead.pipe(socket);
}

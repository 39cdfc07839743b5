import { createServer, type Server, type Socket } from "node:net";
import type { PortUse } from "./machine-dial.ts";

/** Most connections through one relay at once. */
export const connectionsMax = 512;

/** A listener on this host's loopback whose connections go where `open` says, asked for each anew. */
export interface PortRelay extends AsyncDisposable {
  readonly address: string;
}

/** Opens a relay; a connection for which nothing is found is closed. */
export async function openPortRelay(open: () => Promise<PortUse>): Promise<PortRelay> {
  const sockets = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true, pauseOnConnect: true }, (socket) => {
    track(socket, sockets);
    void join(socket, { open, sockets }).catch(() => socket.destroy());
  });
  server.maxConnections = connectionsMax;
  const address = await listenOnLoopback(server);
  return { address, [Symbol.asyncDispose]: () => close(server, sockets) };
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
  options: { readonly open: () => Promise<PortUse>; readonly sockets: Set<Socket> },
): Promise<void> {
  const opened = await options.open();
  const ahead = opened.socket;
  track(ahead, options.sockets);
  ahead.on("close", () => {
    opened[Symbol.dispose]();
    socket.destroy();
  });
  socket.on("close", () => ahead.destroy());
  if (socket.destroyed) return void ahead.destroy();
  socket.pipe(ahead);
  ahead.pipe(socket);
}

function track(socket: Socket, sockets: Set<Socket>): void {
  sockets.add(socket);
  socket.on("close", () => sockets.delete(socket));
  socket.on("error", () => socket.destroy());
}

async function close(server: Server, sockets: ReadonlySet<Socket>): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  for (const each of sockets) each.destroy();
  await closed;
}

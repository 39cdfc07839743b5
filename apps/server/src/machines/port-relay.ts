import { connect, createServer, type Server, type Socket } from "node:net";

/** Most connections through one relay at once. */
const connectionsMax = 512;

/** A listener on this host's loopback whose connections go where `find` says, asked for each anew. */
export interface PortRelay extends AsyncDisposable {
  readonly address: string;
}

/** Opens a relay; a connection for which nothing is found is closed. */
export async function openPortRelay(find: () => Promise<string>): Promise<PortRelay> {
  const sockets = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true, pauseOnConnect: true }, (socket) => {
    track(socket, sockets);
    void join(socket, { find, sockets }).catch(() => socket.destroy());
  });
  server.maxConnections = connectionsMax;
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once("error", reject);
  server.listen({ host: "127.0.0.1", port: 0 }, resolve);
  await promise;
  const bound = server.address();
  const port = typeof bound === "object" && bound !== null ? bound.port : 0;
  return {
    address: `127.0.0.1:${port}`,
    [Symbol.asyncDispose]: () => close(server, sockets),
  };
}

async function join(
  socket: Socket,
  options: { readonly find: () => Promise<string>; readonly sockets: Set<Socket> },
): Promise<void> {
  const [host = "", port = ""] = (await options.find()).split(/:(?=\d+$)/);
  const ahead = connect({ host, port: Number(port), allowHalfOpen: true });
  track(ahead, options.sockets);
  ahead.on("close", () => socket.destroy());
  socket.on("close", () => ahead.destroy());
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

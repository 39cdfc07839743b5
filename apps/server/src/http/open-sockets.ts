import type { Server, Socket } from "node:net";

/**
 * The connections of a server. Each has somebody who hears its errors, from its first byte on: without
 * one, a client that breaks off after it asked for an upgrade would end this process.
 */
export class OpenSockets {
  readonly #sockets = new Set<Socket>();

  constructor(server: Server) {
    server.on("connection", (socket: Socket) => this.add(socket));
  }

  /** Takes in a connection that something else made. */
  add(socket: Socket): void {
    this.#sockets.add(socket);
    socket.once("close", () => this.#sockets.delete(socket));
    socket.on("error", () => socket.destroy());
  }

  /** Cuts them all, also those that an HTTP server let go of at an upgrade. */
  destroyAll(): void {
    for (const each of this.#sockets) each.destroy();
  }
}

/** Takes no more connections, and cuts those that have not ended by themselves after `graceMs`. */
export async function closeServer(
  server: Server,
  { sockets, graceMs = 0 }: { readonly sockets: OpenSockets; readonly graceMs?: number },
): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  server.close(() => resolve());
  const timer = setTimeout(() => sockets.destroyAll(), graceMs);
  await promise;
  clearTimeout(timer);
}

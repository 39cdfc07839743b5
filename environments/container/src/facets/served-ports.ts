import { createServer, type Server, type Socket } from "node:net";
import { Duplex } from "node:stream";
import type { Endpoint, KeyedCall, ServeDriver, ServeRequest } from "@bedplate/environment";
import type { Machine } from "../machine/machine.ts";

/** Most connections to one port at once. */
const connectionsMax = 512;

interface Served {
  readonly endpoint: Endpoint;
  readonly server: Server;
  readonly sockets: Set<Socket>;
}

/**
 * Ports of a machine, as addresses on this node's loopback: every connection goes through the
 * machine's agent to its own loopback, so nothing of the machine's network is open to the node.
 */
export class ServedPorts implements ServeDriver, AsyncDisposable {
  readonly #machine: Machine;
  readonly #served = new Map<string, Served>();

  constructor(machine: Machine) {
    this.#machine = machine;
  }

  async expose(request: ServeRequest, _call: KeyedCall): Promise<Endpoint> {
    const known = this.#served.get(nameOf(request));
    if (known !== undefined) return known.endpoint;
    const before = this.#machine.record.endpoints?.find((each) => nameOf(each) === nameOf(request));
    const served = await this.#serve(request, before?.address);
    this.#served.set(nameOf(request), served);
    this.#note([served.endpoint]);
    return served.endpoint;
  }

  async withdraw(request: ServeRequest, _call: KeyedCall): Promise<void> {
    const served = this.#served.get(nameOf(request));
    this.#served.delete(nameOf(request));
    this.#note([], nameOf(request));
    if (served !== undefined) await close(served);
  }

  /** Opens the ports again that an earlier life of this host had opened. */
  async resume(): Promise<void> {
    for (const { port, protocol, address } of this.#machine.record.endpoints ?? []) {
      const request = { port, protocol: protocol as ServeRequest["protocol"] };
      if (this.#served.has(nameOf(request))) continue;
      // Somebody else may have the address now; then it is exposed anew when it is asked for.
      const served = await this.#serve(request, address).catch(() => undefined);
      if (served !== undefined) this.#served.set(nameOf(request), served);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const all = [...this.#served.values()];
    this.#served.clear();
    await Promise.all(all.map(close));
  }

  async #serve(request: ServeRequest, address: string | undefined): Promise<Served> {
    const sockets = new Set<Socket>();
    const server = createServer({ allowHalfOpen: true }, (socket) => {
      sockets.add(socket);
      socket.on("close", () => sockets.delete(socket));
      socket.on("error", () => socket.destroy());
      void this.#relay(socket, request.port).catch(() => socket.destroy());
    });
    server.maxConnections = connectionsMax;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    server.once("error", reject);
    server.listen({ host: "127.0.0.1", port: Number(address?.split(":")[1] ?? 0) }, resolve);
    await promise;
    server.unref();
    const bound = server.address();
    const port = typeof bound === "object" && bound !== null ? bound.port : 0;
    return { endpoint: { ...request, address: `127.0.0.1:${port}` }, server, sockets };
  }

  async #relay(socket: Socket, port: number): Promise<void> {
    const guest = await this.#machine.guest.get();
    const ahead = await guest.forward({ port });
    const { readable, writable } = Duplex.toWeb(socket);
    await Promise.all([readable.pipeTo(ahead.writable), ahead.readable.pipeTo(writable)]);
  }

  #note(added: readonly Endpoint[], removed?: string): void {
    const names = new Set([...added.map(nameOf), removed]);
    const before = this.#machine.record.endpoints ?? [];
    const kept = before.filter((each) => !names.has(nameOf(each)));
    this.#machine.note({ endpoints: [...kept, ...added] });
  }
}

function nameOf({ port, protocol }: { readonly port: number; readonly protocol: string }): string {
  return `${protocol}/${port}`;
}

async function close({ server, sockets }: Served): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  server.close(() => resolve());
  for (const each of sockets) each.destroy();
  await promise;
}

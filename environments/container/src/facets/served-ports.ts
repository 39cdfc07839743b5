import { createServer, type Server, type Socket } from "node:net";
import { Duplex } from "node:stream";
import type { Endpoint, KeyedCall, ServeDriver, ServeRequest } from "@bedplate/environment";
import { raise } from "@bedplate/errors";
import type { Machine } from "../machine/machine.ts";

/** Most connections to one port at once. */
const connectionsMax = 512;

/** Most ports of one machine at once. */
const portsMax = 64;

interface Served {
  readonly endpoint: Endpoint;
  readonly server: Server;
  readonly sockets: Set<Socket>;
  /** When its last connection ended, or when it was opened. */
  readonly life: { idleSince: number };
}

/**
 * Ports of a machine, as addresses on this node's loopback: every connection goes through the
 * machine's agent to its own loopback, so nothing of the machine's network is open to the node.
 */
export class ServedPorts implements ServeDriver, AsyncDisposable {
  readonly #machine: Machine;
  /** By name, also those that are being opened: two that ask at once have the same one. */
  readonly #served = new Map<string, Promise<Served>>();

  constructor(machine: Machine) {
    this.#machine = machine;
  }

  async expose(request: ServeRequest, _call: KeyedCall): Promise<Endpoint> {
    const known = this.#served.get(nameOf(request));
    if (known !== undefined) return (await known).endpoint;
    const before = this.#machine.record.endpoints?.find((each) => nameOf(each) === nameOf(request));
    const { endpoint } = await this.#open(request, before?.address);
    return endpoint;
  }

  async withdraw(request: ServeRequest, _call: KeyedCall): Promise<void> {
    const served = this.#served.get(nameOf(request));
    this.#served.delete(nameOf(request));
    const opened = await served?.catch(() => undefined);
    this.#note([], nameOf(request));
    if (opened !== undefined) await close(opened);
  }

  /** Opens the ports again that an earlier life of this host had opened. */
  async resume(): Promise<void> {
    for (const { port, protocol, address } of this.#machine.record.endpoints ?? []) {
      const request = { port, protocol: protocol as ServeRequest["protocol"] };
      if (this.#served.has(nameOf(request))) continue;
      // What cannot be opened now is exposed anew when it is asked for.
      await this.#open(request, address).catch(() => {});
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const all = [...this.#served.values()];
    this.#served.clear();
    for (const each of await Promise.allSettled(all)) {
      if (each.status === "fulfilled") await close(each.value);
    }
  }

  #open(request: ServeRequest, address: string | undefined): Promise<Served> {
    const name = nameOf(request);
    const opening = this.#openNoted(request, address);
    this.#served.set(name, opening);
    opening.catch(() => {
      if (this.#served.get(name) === opening) this.#served.delete(name);
    });
    return opening;
  }

  async #openNoted(request: ServeRequest, address: string | undefined): Promise<Served> {
    if (this.#served.size >= portsMax) await this.#giveWay(request);
    const served = await this.#serve(request, address).catch((error: NodeJS.ErrnoException) => {
      // Somebody else has the address of the earlier life now.
      if (error.code !== "EADDRINUSE" || address === undefined) throw error;
      return this.#serve(request, undefined);
    });
    if (served.endpoint.address !== address) this.#note([served.endpoint]);
    return served;
  }

  /** Withdraws the port that nobody is connected to for longest. */
  async #giveWay(request: ServeRequest): Promise<void> {
    const before = [...this.#served];
    await Promise.allSettled(this.#served.values());
    // Some may have failed, or given way to another meanwhile.
    const still = before.filter(([name, each]) => this.#served.get(name) === each);
    const opened = await Promise.all(still.map(([, each]) => each));
    const idle = opened.filter(({ sockets }) => sockets.size === 0);
    const [longest] = idle.toSorted((one, other) => one.life.idleSince - other.life.idleSince);
    if (longest === undefined) throw tooMany(request);
    const name = nameOf(longest.endpoint);
    this.#served.delete(name);
    this.#note([], name);
    await close(longest);
  }

  async #serve(request: ServeRequest, address: string | undefined): Promise<Served> {
    const sockets = new Set<Socket>();
    const life = { idleSince: Date.now() };
    const server = createServer({ allowHalfOpen: true }, (socket) => {
      sockets.add(socket);
      socket.on("close", () => {
        sockets.delete(socket);
        life.idleSince = Date.now();
      });
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
    return { endpoint: { ...request, address: `127.0.0.1:${port}` }, server, sockets, life };
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

function tooMany({ port }: ServeRequest): Error {
  return raise("quota.exceeded", {
    op: "instance.expose",
    detail: { meter: "ports", limit: portsMax, asked: portsMax + 1 },
    message: `Cannot serve port ${port}: ${portsMax} ports of the machine are in use`,
    effect: "none",
  });
}

async function close({ server, sockets }: Served): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  server.close(() => resolve());
  for (const each of sockets) each.destroy();
  await promise;
}

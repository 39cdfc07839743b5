import { createServer, type Server, type Socket } from "node:net";
import type { Endpoint, ServeDriver, ServeRequest } from "@bedplate/environment";
import type { FakeMachine } from "./fake-machine.ts";

/** Ways from the node to the ports of one machine: sockets on the loopback interface. */
export class FakePorts {
  readonly #machine: FakeMachine;
  readonly #open = new Map<string, Promise<OpenPort>>();

  constructor(machine: FakeMachine) {
    this.#machine = machine;
  }

  get driver(): ServeDriver {
    const { operations } = this.#machine;
    return {
      expose: async (request, call) => {
        await operations.begin("serve.expose", call.signal);
        return await this.#expose(request);
      },
      withdraw: async (request, call) => {
        await operations.begin("serve.withdraw", call.signal);
        await this.#withdraw(nameOf(request));
      },
    };
  }

  async close(): Promise<void> {
    for (const name of [...this.#open.keys()]) await this.#withdraw(name);
  }

  async #expose(request: ServeRequest): Promise<Endpoint> {
    const name = nameOf(request);
    let opening = this.#open.get(name);
    if (opening === undefined) {
      opening = listen(this.#machine, request.port);
      this.#open.set(name, opening);
      opening.catch(() => this.#open.delete(name));
    }
    const { address } = await opening;
    return { port: request.port, protocol: request.protocol, address };
  }

  async #withdraw(name: string): Promise<void> {
    const opening = this.#open.get(name);
    if (opening === undefined) return;
    this.#open.delete(name);
    const { server, sockets } = await opening;
    for (const each of sockets) each.destroy();
    await new Promise((resolve) => server.close(resolve));
  }
}

interface OpenPort {
  readonly server: Server;
  readonly sockets: ReadonlySet<Socket>;
  readonly address: string;
}

function nameOf({ port, protocol }: ServeRequest): string {
  return `${protocol}/${port}`;
}

async function listen(machine: FakeMachine, port: number): Promise<OpenPort> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket)).on("error", () => socket.destroy());
    void answer(machine, port, socket);
  });
  server.unref();
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject).listen(0, "127.0.0.1", resolve);
  });
  const bound = server.address();
  const number = typeof bound === "object" && bound !== null ? bound.port : 0;
  return { server, sockets, address: `127.0.0.1:${number}` };
}

/** A guest that listens says its text and then whatever comes; with no guest there, it is closed. */
async function answer(machine: FakeMachine, port: number, socket: Socket): Promise<void> {
  await machine.running();
  const text = machine.listeners.get(port);
  if (text === undefined) return void socket.destroy();
  socket.write(text);
  socket.pipe(socket);
}

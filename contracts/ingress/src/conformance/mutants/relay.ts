import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import type { Endpoint } from "../../route-spec.ts";

/** What a relay does to the bytes that pass; each gets a chunk and answers what goes on. */
export interface RelayFaults {
  readonly toServer?: ((chunk: string) => string) | undefined;
  readonly toClient?: ((chunk: string) => string) | undefined;
  /** Holds what a client sends until this is true of all of it. */
  readonly holdRequest?: ((sent: string) => boolean) | undefined;
  /** Holds what the server sends until this is true of all of it. */
  readonly holdAnswer?: ((sent: string) => boolean) | undefined;
  /** Ends connections on which nothing passes for this long. */
  readonly idleMs?: number | undefined;
  /** Keeps the server's side open when the client goes. */
  readonly forgetsClients?: boolean | undefined;
  /** Sends every request over a second connection too. */
  readonly sendsTwice?: boolean | undefined;
  /** Another server for what begins so. */
  readonly elsewhere?: ((chunk: string) => Endpoint | undefined) | undefined;
  /** Ends a connection after this many bytes of the client. */
  readonly bytesMax?: number | undefined;
}

/** A relay that listens on loopback. */
export interface Relay extends AsyncDisposable {
  readonly at: Endpoint;
  /** Ends all connections. */
  cut(): void;
}

/** Opens a relay to a server that breaks what passes, in one way. */
export async function openRelay(to: Endpoint, faults: RelayFaults): Promise<Relay> {
  const open = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true }, (client) => {
    keep(client, open);
    new Passage(client, { to, faults, open }).begin();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const cut = () => {
    for (const socket of open) socket.destroy();
  };
  return {
    at: { host: "127.0.0.1", port: (server.address() as AddressInfo).port },
    cut,
    async [Symbol.asyncDispose]() {
      server.close();
      cut();
    },
  };
}

interface PassageOptions {
  readonly to: Endpoint;
  readonly faults: RelayFaults;
  readonly open: Set<Socket>;
}

/** One connection of a client through the relay. */
class Passage {
  readonly #client: Socket;
  readonly #options: PassageOptions;
  #server: Socket | null = null;
  #held = "";
  #bytes = 0;

  constructor(client: Socket, options: PassageOptions) {
    this.#client = client;
    this.#options = options;
  }

  begin(): void {
    const { faults } = this.#options;
    this.#client.on("data", (chunk) => this.#fromClient(chunk.toString("latin1")));
    if (faults.forgetsClients !== true) {
      this.#client.on("end", () => this.#server?.end());
      this.#client.on("close", () => this.#server?.destroy());
    }
    if (faults.idleMs !== undefined) {
      this.#client.setTimeout(faults.idleMs, () => this.#client.destroy());
    }
    // A client that says nothing still has a connection.
    if (faults.elsewhere === undefined) this.#connect(this.#options.to);
  }

  #fromClient(text: string): void {
    const { faults, to } = this.#options;
    this.#held += text;
    this.#bytes += text.length;
    if (this.#bytes > (faults.bytesMax ?? Number.POSITIVE_INFINITY)) this.#client.destroy();
    if (faults.holdRequest?.(this.#held) === false) return;
    const chunk = faults.toServer?.(this.#held) ?? this.#held;
    this.#held = "";
    const server = this.#server ?? this.#connect(faults.elsewhere?.(chunk) ?? to);
    server.write(chunk, "latin1");
    if (faults.sendsTwice === true) this.#sendAgain(chunk);
  }

  #connect(to: Endpoint): Socket {
    const { faults, open } = this.#options;
    const server = keep(connect({ ...to, allowHalfOpen: true }), open);
    this.#server = server;
    let held = "";
    const pass = () => {
      const chunk = faults.toClient?.(held) ?? held;
      held = "";
      if (this.#client.writable) this.#client.write(chunk, "latin1");
    };
    server.on("data", (chunk) => {
      held += chunk.toString("latin1");
      if (faults.holdAnswer?.(held) !== false) pass();
    });
    server.on("end", () => {
      pass();
      this.#client.end();
    });
    server.on("error", () => this.#client.resetAndDestroy());
    server.on("close", (isBroken) => {
      if (!isBroken) this.#client.end();
    });
    return server;
  }

  #sendAgain(chunk: string): void {
    const second = keep(connect(this.#options.to), this.#options.open);
    second.on("connect", () => second.write(chunk, "latin1"));
    second.resume();
  }
}

function keep(socket: Socket, open: Set<Socket>): Socket {
  open.add(socket);
  socket.setNoDelay(true);
  socket.on("error", () => {});
  socket.once("close", () => open.delete(socket));
  return socket;
}

import { rmSync } from "node:fs";
import type { Server } from "node:http";
import { type FaultError, raise } from "@bedplate/errors";
import type { Channel, ChannelServer, RequestOptions } from "../channel.ts";
import { ConnectClient } from "./connect-client.ts";
import { createConnectServer } from "./connect-server.ts";

export interface ConnectChannelOptions {
  /** Which side this is; it answers that side's operations and asks the other's. */
  readonly side: "plugin" | "host";
  /** Where this side listens. */
  readonly listenPath: string;
  /** Where the other side listens. */
  readonly peerPath: string;
  /** What the plug-in shows to the host. */
  readonly token: string;
  readonly now?: (() => number) | undefined;
}

/** Opens a channel over two Unix sockets, one per direction, that speak the Connect protocol. */
export async function openConnectChannel(options: ConnectChannelOptions): Promise<Channel> {
  const channel = new ConnectChannel(options);
  await channel.listen();
  return channel;
}

class ConnectChannel implements Channel {
  readonly closed: Promise<void>;
  readonly #onClosed: () => void;
  readonly #options: ConnectChannelOptions;
  readonly #client: ConnectClient;
  readonly #http: Server;
  readonly #served = Promise.withResolvers<ChannelServer>();
  #isClosed = false;

  constructor(options: ConnectChannelOptions) {
    const { side, peerPath, token, now } = options;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.closed = promise;
    this.#onClosed = resolve;
    this.#options = options;
    const isPlugin = side === "plugin";
    this.#client = new ConnectClient({
      socketPath: peerPath,
      token: isPlugin ? token : undefined,
      now,
    });
    const guard = isPlugin ? undefined : token;
    this.#http = createConnectServer(() => this.#served.promise, { side, token: guard, now });
  }

  async listen(): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#http.once("error", reject);
    this.#http.listen(this.#options.listenPath, resolve);
    await promise;
    // The plug-in's process lives for its socket; the host's must not.
    if (this.#options.side === "host") this.#http.unref();
  }

  request(operation: string, message: unknown, options: RequestOptions): Promise<unknown> {
    return this.#client.request(operation, message, options);
  }

  stream(operation: string, message: unknown, options: RequestOptions): AsyncIterable<unknown> {
    return this.#client.stream(operation, message, options);
  }

  serve(server: ChannelServer): void {
    this.#served.resolve(server);
  }

  close(reason: FaultError = gone()): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#client.break(reason);
    this.#http.ref();
    this.#http.close(() => {
      rmSync(this.#options.listenPath, { force: true });
      this.#onClosed();
    });
    this.#http.closeAllConnections();
  }
}

function gone(): FaultError {
  const reason = "the channel was closed";
  return raise("plugin.crashed", {
    op: "wire.request",
    detail: { reason },
    message: `Cannot reach the other side: ${reason}`,
  });
}

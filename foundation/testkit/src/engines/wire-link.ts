import { connect, type Socket } from "node:net";
import { WireFlow } from "./wire-flow.ts";

/** What a wire does to everything that it carries. */
export interface WireWeather {
  readonly delayMs: number;
  readonly isStalled: boolean;
  readonly cut:
    | { readonly direction: "to-server" | "to-client"; readonly bytes: number }
    | undefined;
}

/** One connection through a wire: two sockets and a flow in each direction. */
export class WireLink {
  readonly #client: Socket;
  readonly #server: Socket;
  readonly #toServer: WireFlow;
  readonly #toClient: WireFlow;
  #onEnd: () => void = () => {};

  constructor(
    client: Socket,
    options: {
      readonly target: { readonly host: string; readonly port: number };
      readonly weather: WireWeather;
    },
  ) {
    this.#client = client;
    this.#server = connect({ ...options.target, allowHalfOpen: true, noDelay: true });
    const cut = () => this.reset();
    this.#toServer = new WireFlow(client, { sink: this.#server, cut });
    this.#toClient = new WireFlow(this.#server, { sink: client, cut });
    this.setWeather(options.weather);
    for (const socket of [client, this.#server]) {
      socket.on("error", () => this.reset());
      socket.on("close", () => this.#closeIfDone());
    }
  }

  onEnd(listener: () => void): void {
    this.#onEnd = listener;
  }

  setWeather({ delayMs, isStalled, cut }: WireWeather): void {
    const left = (direction: "to-server" | "to-client") =>
      cut?.direction === direction ? cut.bytes : Number.POSITIVE_INFINITY;
    this.#toServer.setWeather({ delayMs, isStalled, bytesLeft: left("to-server") });
    this.#toClient.setWeather({ delayMs, isStalled, bytesLeft: left("to-client") });
  }

  /** Ends both sides as a broken network does. */
  reset(): void {
    this.#toServer.stop();
    this.#toClient.stop();
    for (const socket of [this.#client, this.#server]) {
      if (!socket.destroyed) socket.resetAndDestroy();
    }
    this.#onEnd();
  }

  #closeIfDone(): void {
    if (this.#client.destroyed && this.#server.destroyed) this.#onEnd();
  }
}

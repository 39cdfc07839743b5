import { createServer, type Server, type Socket } from "node:net";
import { findFreePort } from "./free-port.ts";
import { WireLink, type WireWeather } from "./wire-link.ts";

/** A TCP proxy in front of an engine that does what networks do. */
export interface Wire extends AsyncDisposable {
  readonly host: string;
  readonly port: number;
  /** How many connections are open now. */
  readonly connections: number;
  /** The engine's URL with the wire's host and port in it. */
  url(engineUrl: string): string;
  /** From now on every piece arrives `ms` later, in both directions. */
  delay(ms: number): void;
  /** Nothing arrives any more, and no connection ends. */
  stall(): void;
  /** Ends `delay`, `stall` and a planned `cutAfter`; what was held arrives. */
  resume(): void;
  /**
   * Resets every open connection. Whoever has sent something by then cannot tell whether it arrived; a
   * client that is to know before that it has no connection needs some milliseconds to see it.
   */
  cut(): void;
  /**
   * Resets each connection, open or new, at the first piece that would bring more than `bytes` more
   * in this direction; that piece is lost. `("to-server", 0)` loses a request before the engine sees
   * it, `("to-client", 0)` loses the answer to what the engine did.
   */
  cutAfter(direction: WireDirection, bytes: number): void;
  /** New connections are reset at once. */
  refuse(): void;
  accept(): void;
}

export type WireDirection = "to-server" | "to-client";

/** Opens a wire to an engine, or to anything else that listens. */
export async function openWire(target: {
  readonly host: string;
  readonly port: number;
}): Promise<Wire> {
  const wire = new ProxyWire(target, await findFreePort());
  await wire.listen();
  return wire;
}

const fair: WireWeather = { delayMs: 0, isStalled: false, cut: undefined };

class ProxyWire implements Wire {
  readonly host = "127.0.0.1";
  readonly port: number;
  readonly #target: { readonly host: string; readonly port: number };
  readonly #server: Server;
  readonly #links = new Set<WireLink>();
  #weather = fair;
  #isRefusing = false;

  constructor(target: { readonly host: string; readonly port: number }, port: number) {
    this.#target = { host: target.host, port: target.port };
    this.port = port;
    this.#server = createServer({ allowHalfOpen: true, noDelay: true }, (client) =>
      this.#connect(client),
    );
  }

  listen(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#server.once("error", reject);
      this.#server.listen({ host: this.host, port: this.port }, () => resolve());
    });
  }

  get connections(): number {
    return this.#links.size;
  }

  url(engineUrl: string): string {
    const url = new URL(engineUrl);
    url.hostname = this.host;
    url.port = String(this.port);
    return url.href;
  }

  delay(ms: number): void {
    this.#change({ ...this.#weather, delayMs: ms });
  }

  stall(): void {
    this.#change({ ...this.#weather, isStalled: true });
  }

  resume(): void {
    this.#change(fair);
  }

  cut(): void {
    for (const link of [...this.#links]) link.reset();
  }

  cutAfter(direction: WireDirection, bytes: number): void {
    this.#change({ ...this.#weather, cut: { direction, bytes } });
  }

  refuse(): void {
    this.#isRefusing = true;
  }

  accept(): void {
    this.#isRefusing = false;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.cut();
    if (!this.#server.listening) return;
    await new Promise<void>((resolve) => {
      this.#server.close(() => resolve());
    });
  }

  #change(weather: WireWeather): void {
    this.#weather = weather;
    for (const link of this.#links) link.setWeather(weather);
  }

  #connect(client: Socket): void {
    if (this.#isRefusing) {
      client.on("error", () => {}).resetAndDestroy();
      return;
    }
    const link = new WireLink(client, { target: this.#target, weather: this.#weather });
    this.#links.add(link);
    link.onEnd(() => this.#links.delete(link));
  }
}

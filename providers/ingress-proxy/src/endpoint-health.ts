import { connect } from "node:net";
import type { Endpoint } from "@bedplate/ingress";

/** How an endpoint was last seen: one that was just named is tried before it gets requests. */
export type EndpointState = "new" | "up" | "down";

/** An endpoint that routes share. */
export interface WatchedEndpoint extends Endpoint {
  readonly key: string;
  state: EndpointState;
}

/** How often an endpoint that is not up is tried. */
export const tryEveryMs = 250;
/** The longest that a connection may take to open. */
export const connectMsMax = 1_000;

interface Watch extends WatchedEndpoint {
  users: number;
  timer: NodeJS.Timeout | undefined;
}

/**
 * The endpoints that routes name, each once. A failed connection takes one down; while it is not up
 * it is tried by connecting, so that requests never are the ones that find out.
 */
export class EndpointHealth implements Disposable {
  readonly #watches = new Map<string, Watch>();

  /** Takes part in an endpoint; give it back with `release`. */
  use({ host, port }: Endpoint): WatchedEndpoint {
    const key = `${host}|${port}`;
    const watch = this.#watches.get(key) ?? this.#watch({ host, port, key });
    watch.users++;
    return watch;
  }

  release({ key }: WatchedEndpoint): void {
    const watch = this.#watches.get(key);
    if (watch === undefined || --watch.users > 0) return;
    clearTimeout(watch.timer);
    this.#watches.delete(key);
  }

  /** A connection to it failed. */
  failed({ key }: WatchedEndpoint): void {
    const watch = this.#watches.get(key);
    if (watch === undefined || watch.state === "down") return;
    watch.state = "down";
    this.#later(watch);
  }

  [Symbol.dispose](): void {
    for (const { timer } of this.#watches.values()) clearTimeout(timer);
    this.#watches.clear();
  }

  #watch(endpoint: Endpoint & { readonly key: string }): Watch {
    const watch: Watch = { ...endpoint, state: "new", users: 0, timer: undefined };
    this.#watches.set(endpoint.key, watch);
    this.#try(watch);
    return watch;
  }

  #later(watch: Watch): void {
    clearTimeout(watch.timer);
    watch.timer = setTimeout(() => this.#try(watch), tryEveryMs);
    watch.timer.unref();
  }

  #try(watch: Watch): void {
    const socket = connect({ host: watch.host, port: watch.port, timeout: connectMsMax });
    socket.unref();
    const end = (state: EndpointState) => {
      socket.destroy();
      if (this.#watches.get(watch.key) !== watch) return;
      watch.state = state;
      if (state !== "up") this.#later(watch);
    };
    socket.once("connect", () => end("up"));
    socket.once("timeout", () => end("down"));
    socket.once("error", () => end("down"));
  }
}

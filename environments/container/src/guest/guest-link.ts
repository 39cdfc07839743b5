import { connect } from "node:net";
import { Duplex } from "node:stream";
import type { Call } from "@bedplate/environment";
import { type Guest, openGuest } from "@bedplate/guest-client";

/** Where the agent of one machine is, and what it asks of who connects. */
export interface GuestPlace {
  readonly path: string;
  readonly token: string;
}

/** How many bytes of one output may be on their way to a reader that is slow. */
const windowBytes = 64 * 1024;

/**
 * A connection with a machine's agent, made when it is needed and again when it broke: the machine
 * outlives this process, and its connections.
 */
export class GuestLink {
  readonly #place: GuestPlace;
  #guest: Promise<Guest> | undefined;

  constructor(place: GuestPlace) {
    this.#place = place;
  }

  /** The agent, connected. */
  async get(): Promise<Guest> {
    const known = await this.#guest?.catch(() => undefined);
    if (known !== undefined && known.failure === undefined) return known;
    this.#guest = this.#connect();
    return this.#guest;
  }

  /** Comes back when the agent answers. */
  async hello(call: Call): Promise<void> {
    const guest = await this.get();
    await guest.ping({ signal: call.signal });
  }

  async shutdown(graceMs: number, call: Call): Promise<void> {
    const guest = await this.get();
    await guest.shutDown({ graceMs, signal: call.signal, deadlineMs: graceMs + 1000 });
  }

  async close(): Promise<void> {
    const guest = await this.#guest?.catch(() => undefined);
    this.#guest = undefined;
    await guest?.close();
  }

  async #connect(): Promise<Guest> {
    const socket = connect({ path: this.#place.path });
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    socket.once("connect", resolve);
    socket.once("error", reject);
    await promise;
    socket.on("error", () => {});
    socket.unref();
    const { readable, writable } = Duplex.toWeb(socket);
    return openGuest({ readable, writable }, { token: this.#place.token, windowBytes });
  }
}

/** What an operation of the agent takes of a call. */
export function guestCall({ signal, deadlineAt }: Call): {
  readonly signal: AbortSignal;
  readonly deadlineMs: number;
} {
  return { signal, deadlineMs: Math.max(1, deadlineAt - Date.now()) };
}

import type { GuestCall } from "./await-guest.ts";
import { type ByteDuplex, Connection } from "./connection.ts";
import { Files } from "./files.ts";
import type { Welcome } from "./greeting.ts";
import { tooLate } from "./guest-fault.ts";
import {
  type ForwardedPort,
  forward,
  type GuestMetrics,
  type ListeningPort,
  listPorts,
  type ReseedPart,
  type ReseedRequest,
  readMetrics,
  reseed,
  shutDown,
} from "./machine.ts";
import { Processes } from "./processes.ts";

export interface GuestOptions extends GuestCall {
  /** What the machine was started with, so that nobody else commands its agent. */
  readonly token?: string | Uint8Array | undefined;
  /** A device that earlier connections used too: what they left unfinished is passed over. */
  readonly isShared?: boolean | undefined;
  /** How many bytes of one output a guest may send ahead of its reader; by default 256 KiB. */
  readonly windowBytes?: number | undefined;
}

const windowBytesDefault: number = 256 * 1024;
const greetingMsDefault = 10_000;
const pingMsDefault = 5_000;

/** Greets the agent at the other end. Rejects when none answers, or when it does not take the token. */
export async function openGuest(duplex: ByteDuplex, options: GuestOptions = {}): Promise<Guest> {
  const { token, isShared, windowBytes = windowBytesDefault } = options;
  const bytes = typeof token === "string" ? new TextEncoder().encode(token) : token;
  const connection = new Connection(duplex, { token: bytes, isShared, windowBytes });
  const call = { ...options, deadlineMs: options.deadlineMs ?? greetingMsDefault };
  const welcome = await orBreak(connection, connection.welcome, call);
  return new Guest(connection, welcome);
}

/** The agent inside one machine. */
export class Guest implements AsyncDisposable {
  readonly processes: Processes;
  readonly files: Files;
  /** Names one life of the agent. */
  readonly instance: string;
  readonly features: readonly string[];
  /** Resolves when the connection is over, whoever ended it. */
  readonly closed: Promise<void>;
  readonly #connection: Connection;

  constructor(connection: Connection, welcome: Welcome) {
    this.#connection = connection;
    this.processes = new Processes(connection);
    this.files = new Files(connection);
    this.instance = welcome.instance;
    this.features = welcome.features;
    this.closed = connection.closed;
  }

  /** Why the connection is over; undefined while it lasts. */
  get failure(): unknown {
    return this.#connection.failure;
  }

  /** Resolves when the agent answers; one that does not in time loses the connection. */
  async ping(call: GuestCall = {}): Promise<void> {
    const { deadlineMs = pingMsDefault } = call;
    await orBreak(this.#connection, this.#connection.ping(), { ...call, deadlineMs });
  }

  metrics(options: GuestCall & { readonly diskPath?: string } = {}): Promise<GuestMetrics> {
    return readMetrics(this.#connection, options);
  }

  /** After every restore: fresh entropy, and the clock and names that are given. */
  reseed(request: ReseedRequest, call: GuestCall = {}): Promise<ReadonlyMap<ReseedPart, number>> {
    return reseed(this.#connection, request, call);
  }

  ports(call: GuestCall = {}): Promise<readonly ListeningPort[]> {
    return listPorts(this.#connection, call);
  }

  forward(
    to: { readonly port: number } | { readonly path: string },
    call: GuestCall = {},
  ): Promise<ForwardedPort> {
    return forward(this.#connection, to, call);
  }

  shutDown(options: GuestCall & { readonly graceMs: number }): Promise<void> {
    return shutDown(this.#connection, options);
  }

  /** Lets go of the agent; processes live on. */
  close(): Promise<void> {
    return this.#connection.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

/** Waits; when it takes too long the connection is of no use any more. */
async function orBreak<T>(
  connection: Connection,
  promise: Promise<T>,
  call: GuestCall & { readonly deadlineMs: number },
): Promise<T> {
  const { signal, deadlineMs } = call;
  const giveUp = Promise.withResolvers<never>();
  const onAbort = () => giveUp.reject(signal?.reason);
  if (signal?.aborted === true) onAbort();
  else signal?.addEventListener("abort", onAbort, { once: true });
  const late = tooLate({ op: "guest.greet", subject: "the guest" }, deadlineMs);
  const timer = setTimeout(() => giveUp.reject(late), deadlineMs);
  try {
    return await Promise.race([promise, giveUp.promise]);
  } catch (error) {
    connection.break(error);
    throw error;
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", onAbort);
  }
}

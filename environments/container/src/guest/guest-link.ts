import { type ChildProcess, spawn } from "node:child_process";
import { connect } from "node:net";
import { Duplex } from "node:stream";
import type { Call } from "@bedplate/environment";
import { isFault, raise } from "@bedplate/errors";
import { type ByteDuplex, type Guest, openGuest } from "@bedplate/guest-client";

/** Where the agent of one machine is, and what it asks of who connects. */
export interface GuestPlace {
  readonly token: string;
  /** A socket of the host, or a command that carries bytes to the agent. */
  readonly way: { readonly path: string } | { readonly command: readonly string[] };
}

/** How many bytes of one output may be on their way to a reader that is slow. */
const windowBytes = 256 * 1024;

/** An agent that was just started may not listen yet: it is asked again, and for so long in all. */
const connectMsMax = 10_000;
const askAgainMs = 25;

interface Way {
  readonly duplex: ByteDuplex;
  /** Cuts the connection. */
  end(): void;
  /** Ends it so that nothing of it is left inside the machine, which has to run for that. */
  leave(): Promise<void>;
}

/** Longest time that a connection which was cut may take to notice. */
const closeMsMax = 500;

/** Longest time that a relay may take to end by itself. */
const leaveMsMax = 2000;

/**
 * A connection with a machine's agent, made when it is needed and again when it broke: the machine
 * outlives this process, and its connections.
 */
export class GuestLink {
  readonly #place: () => GuestPlace;
  #guest: Promise<Guest> | undefined;
  #way: Way | undefined;
  #isOver = false;

  constructor(place: () => GuestPlace) {
    this.#place = place;
  }

  /** The agent, connected. */
  async get(): Promise<Guest> {
    if (this.#isOver) throw over();
    const present = this.#guest;
    const known = await present?.catch(() => undefined);
    if (known !== undefined && known.failure === undefined) return known;
    // Whoever came first connects for all.
    if (this.#guest === present) this.#guest = this.#connect();
    return this.#guest as Promise<Guest>;
  }

  /** Comes back when the agent answers. */
  async hello(call: Call): Promise<Guest> {
    const guest = await this.get();
    await guest.ping({ signal: call.signal });
    return guest;
  }

  async shutdown(graceMs: number, call: Call): Promise<void> {
    const guest = await this.get();
    await guest.shutDown({ graceMs, signal: call.signal, deadlineMs: graceMs + 1000 });
  }

  async close(): Promise<void> {
    const [guest, way] = [this.#guest, this.#way];
    this.#guest = undefined;
    this.#way = undefined;
    // A machine that stands still takes no farewell: the connection is cut.
    way?.end();
    const closing = guest?.then((each) => each.close()).catch(() => {});
    await Promise.race([
      closing,
      new Promise((resolve) => setTimeout(resolve, closeMsMax).unref()),
    ]);
  }

  /**
   * Closes for ever. Whoever reads a process reads on over the next connection: of an owner that has
   * let the machine go, that would hold up the process for the one that has it now.
   */
  async end(): Promise<void> {
    this.#isOver = true;
    await this.close();
  }

  /** Closes, and comes back when nothing of the connection is left inside. */
  async leave(): Promise<void> {
    const way = this.#way;
    await way?.leave();
    await this.close();
  }

  async #connect(): Promise<Guest> {
    const { token, way } = this.#place();
    const endAt = performance.now() + connectMsMax;
    for (;;) {
      try {
        const found = await ("path" in way ? toSocket(way.path) : toCommand(way.command));
        this.#way = found;
        const deadlineMs = Math.max(1, endAt - performance.now());
        return await openGuest(found.duplex, { token, windowBytes, deadlineMs });
      } catch (error) {
        this.#way?.end();
        if (!mayComeYet(error) || performance.now() >= endAt) throw error;
        await new Promise((resolve) => setTimeout(resolve, askAgainMs));
      }
    }
  }
}

function over(): Error {
  return raise("resource.closed", {
    op: "instance.connect",
    detail: { type: "machine" },
    message: "Cannot connect to the machine's agent: this process has let the machine go",
  });
}

/** One that answers wrongly, or not at all, will not do better. */
function mayComeYet(error: unknown): boolean {
  return !isFault(error) || isFault(error, "resource.closed");
}

async function toSocket(path: string): Promise<Way> {
  const socket = connect({ path });
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  socket.once("connect", resolve);
  socket.once("error", reject);
  await promise;
  socket.on("error", () => {});
  socket.unref();
  return { duplex: Duplex.toWeb(socket), end: () => socket.destroy(), leave: async () => {} };
}

async function toCommand([program = "", ...words]: readonly string[]): Promise<Way> {
  const child = spawn(program, words, { stdio: ["pipe", "pipe", "ignore"] });
  child.on("error", () => {});
  child.stdin.on("error", () => {});
  release(child);
  const both = Duplex.from({ readable: child.stdout, writable: child.stdin });
  both.on("error", () => {});
  return {
    duplex: Duplex.toWeb(both),
    end: () => void child.kill("SIGKILL"),
    leave: () => ended(child),
  };
}

// The relay ends when its input does, and the command with it.
async function ended(child: ChildProcess): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  child.once("exit", () => resolve());
  if (child.exitCode !== null || child.signalCode !== null) resolve();
  const timer = setTimeout(resolve, leaveMsMax);
  child.stdin?.end();
  await promise;
  clearTimeout(timer);
}

/** What waits for the machine does not keep this process alive. */
function release(child: ChildProcess): void {
  child.unref();
  for (const each of [child.stdin, child.stdout]) {
    (each as { unref?: () => void } | null)?.unref?.();
  }
}

/** What an operation of the agent takes of a call. */
export function guestCall({ signal, deadlineAt }: Call): {
  readonly signal: AbortSignal;
  readonly deadlineMs: number;
} {
  return { signal, deadlineMs: Math.max(1, deadlineAt - Date.now()) };
}

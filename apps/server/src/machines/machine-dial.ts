import type { Socket } from "node:net";
import { systemClock } from "@bedplate/clock";
import { isFault } from "@bedplate/errors";
import type { Machine, MachineService } from "@bedplate/machines";
import { connectTo } from "./connect-to.ts";
import type { PortGate } from "./port-gate.ts";
import { openTunnel } from "./port-tunnel.ts";

/** A connection that is wanted: `request` for one request and its answer, `stream` for what goes on. */
export interface PortWanted {
  readonly project: string;
  readonly id: string;
  readonly port: number;
  readonly use: "request" | "stream";
}

/** A connection; disposing says that what it was opened for is over. */
export interface PortUse extends Disposable {
  readonly socket: Socket;
}

/** What connections are made with. */
export interface DialModules {
  readonly service: MachineService;
  readonly gate: PortGate;
  /** This host's node. */
  readonly node: string;
  /** Where another node is reached. */
  readonly urlOf: (node: string) => Promise<string | undefined>;
  /** What nodes of one state show each other. */
  readonly secret: () => Promise<string>;
}

/** Longest wait for a machine that is on its way, or moves. */
const dialMs = 60_000;
const againMs = 100;
const exposeMs = 10_000;
/** A machine that was moved may take so long until its program listens again. */
const risingMs = 15_000;
/** A connection to a port at which nobody listens is closed by the machine within this time. */
const stayMs = 500;
/** How many ports of machines that were moved are known to listen. */
const risenMax = 10_000;

/** Connections to ports of machines, wherever they are, asked for anew each time. */
export class MachineDial {
  readonly #modules: DialModules;
  /** Ports that listened since their machine came here. */
  readonly #risen = new Set<string>();

  constructor(modules: DialModules) {
    this.#modules = modules;
  }

  /** Wakes the machine where traffic does, waits while it is on its way, and connects to the port. */
  async open(
    wanted: PortWanted,
    signal: AbortSignal = AbortSignal.timeout(dialMs),
  ): Promise<PortUse> {
    const { service, node } = this.#modules;
    const until = AbortSignal.any([signal, AbortSignal.timeout(dialMs)]);
    for (;;) {
      const machine = await service.awake({ ...wanted, signal: until });
      try {
        if (machine.node === node) return await this.openHere(wanted, until);
        return await this.#openThere(wanted, { machine, signal: until });
      } catch (error) {
        if (until.aborted || !mayTryAgain(error, machine)) throw error;
        await systemClock.sleep(againMs, { signal: until });
      }
    }
  }

  /** Connects to a machine of this host alone. */
  async openHere(wanted: PortWanted, signal: AbortSignal): Promise<PortUse> {
    const { service, gate, node } = this.#modules;
    const { project, id, port, use } = wanted;
    // What goes on by itself is not waited for when the machine is moved.
    const entry = await gate.enter(id, signal);
    try {
      const machine = await service.get(project, id);
      if (machine.node !== node) throw new MovedError();
      const access = await service.reach({ project, id, signal });
      const call = access.call({ timeoutMs: exposeMs, signal });
      const { address } = await access.facet("serve").expose({ port, protocol: "tcp" }, call);
      const socket = await connectTo(address, signal);
      await this.#demandRisen(machine, { port, socket });
      if (use === "stream") entry[Symbol.dispose]();
      return { socket, [Symbol.dispose]: () => entry[Symbol.dispose]() };
    } catch (error) {
      entry[Symbol.dispose]();
      throw error;
    }
  }

  /** After a move the port may not listen yet, which shows only in that the connection is closed. */
  async #demandRisen(
    { id, epoch, startedAt = 0 }: Machine,
    { port, socket }: { readonly port: number; readonly socket: Socket },
  ): Promise<void> {
    const name = `${id}/${epoch}/${port}`;
    const isRising = epoch > 1 && Date.now() - startedAt < risingMs;
    if (!isRising || this.#risen.has(name)) return;
    if (!(await staysOpen(socket))) {
      socket.destroy();
      throw new NotYetError();
    }
    if (this.#risen.size >= risenMax) this.#risen.clear();
    this.#risen.add(name);
  }

  async #openThere(
    wanted: PortWanted,
    { machine, signal }: { readonly machine: Machine; readonly signal: AbortSignal },
  ): Promise<PortUse> {
    const url = machine.node === undefined ? undefined : await this.#modules.urlOf(machine.node);
    if (url === undefined) throw new MovedError();
    const secret = await this.#modules.secret();
    const socket = await openTunnel(wanted, { url, secret, signal });
    return { socket, [Symbol.dispose]: () => {} };
  }
}

/** The machine is on another node than it was a moment ago. */
class MovedError extends Error {
  constructor() {
    super("The machine is on another node by now");
  }
}

/** The machine was moved here, and its program does not listen yet. */
class NotYetError extends Error {
  constructor() {
    super("The port does not listen yet");
  }
}

function staysOpen(socket: Socket): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const isOver = () => resolve(false);
  const timer = setTimeout(() => resolve(true), stayMs);
  socket.once("end", isOver).once("close", isOver);
  return promise.finally(() => {
    clearTimeout(timer);
    socket.off("end", isOver).off("close", isOver);
  });
}

function mayTryAgain(error: unknown, { epoch, startedAt = 0 }: Machine): boolean {
  if (error instanceof MovedError || error instanceof NotYetError) return true;
  if (isFault(error, "provider.unavailable")) return true;
  const isRefused = (error as NodeJS.ErrnoException).code === "ECONNREFUSED";
  return isRefused && epoch > 1 && Date.now() - startedAt < risingMs;
}

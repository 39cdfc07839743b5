import type { Clock, Random } from "@bedplate/clock";
import { digestBytes } from "@bedplate/codec";
import { isFault, raise, toFault } from "@bedplate/errors";
import type { IngressProvider } from "@bedplate/ingress";
import {
  followMachines,
  type Machine,
  type MachineRef,
  type MachineService,
  type MachineStore,
  type SlotOffer,
} from "@bedplate/machines";
import { defineSchema, type Schema, Type } from "@bedplate/schema";
import { DocumentTable, type StateStore } from "@bedplate/state";
import type { Log } from "@bedplate/telemetry";
import type { MachineDial } from "./machine-dial.ts";
import { openPortRelay, type PortRelay } from "./port-relay.ts";
import { type OpenPort, openRequestRelay } from "./request-relay.ts";

/** A port that its owner opened, as it is stored. */
interface OpenedPort {
  readonly project: string;
  readonly machine: string;
  readonly port: number;
  /** Which server has its route; in old records the one that had the machine. */
  readonly keeper?: string | undefined;
  /** Left out for a public one. */
  readonly tokenDigest?: string | undefined;
}

/** The way to a port. */
export interface PortWay {
  readonly port: number;
  readonly address: string;
  readonly url?: string | undefined;
  readonly token?: string | undefined;
}

/** What ports are opened with. */
export interface PortsModules {
  readonly service: MachineService;
  readonly store: MachineStore;
  readonly state: StateStore;
  readonly ingress: IngressProvider;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly dial: MachineDial;
  readonly node: string;
  /** Names this host's data: the ports that it keeps are opened again after a restart. */
  readonly place: string;
  /** What machines of a slot can do. */
  readonly offer: (slot: string) => SlotOffer | undefined;
  /** Ports are hosts below it: `<port>-<machine>.<domain>`. */
  readonly domain: string;
  /** The URL of a port, where `{host}` is its host, for example `http://{host}:8080`. */
  readonly origin: string;
}

const schema: Schema<OpenedPort> = defineSchema(
  Type.Object(
    {
      project: Type.String(),
      machine: Type.String(),
      port: Type.Integer({ minimum: 1, maximum: 65_535 }),
      keeper: Type.Optional(Type.String()),
      tokenDigest: Type.Optional(Type.String()),
    },
    { additionalProperties: false },
  ),
);
const table = new DocumentTable({ name: "port", schema });

/** Longest wait for a machine whose port is opened while it is on its way. */
const openMs = 60_000;
/** How long a guest may take to begin its answer. */
const answerMs = 600_000;

/**
 * Ways to ports of machines: a relay on this host for each, and a route of the ingress to it. Each
 * connection asks for the machine anew, which wakes one that resumes on traffic.
 */
export class MachinePorts implements AsyncDisposable {
  readonly #modules: PortsModules;
  readonly #relays = new Map<string, Promise<Relays>>();
  readonly #listening: Disposable;
  readonly #stopping = new AbortController();
  #following: Promise<void> | undefined;

  constructor(modules: PortsModules) {
    this.#modules = modules;
    this.#listening = modules.store.onChange((machine) => {
      if (machine.observed.state === "deleted") void this.#forget(machine);
    });
  }

  /** Opens again what was open in an earlier life of this host. */
  async start(): Promise<void> {
    const { clock, store } = this.#modules;
    const { signal } = this.#stopping;
    const onGone = (ref: MachineRef) => void this.#forget(ref);
    this.#following = followMachines(store, { clock, signal, tell: () => {}, onGone });
    for await (const entry of this.#modules.state.listAll({ prefix: table.key("") })) {
      const opened = table.read(entry).document;
      try {
        const { project, machine: id } = opened;
        const machine = await this.#modules.store.get({ project, id });
        if (machine.observed.state === "deleted") await this.#remove(opened);
        else if (this.#isKept(opened, machine)) await this.#route(opened);
      } catch (error) {
        this.#warn("port not opened again", error);
      }
    }
  }

  /** Opens a port; again, with another token. */
  async open(
    ref: { readonly project: string; readonly id: string },
    options: { readonly port: number; readonly isPublic: boolean },
  ): Promise<PortWay> {
    const { port, isPublic } = options;
    const { random, service, state, place } = this.#modules;
    const machine = await service.get(ref.project, ref.id);
    if (machine.desired === "deleted") throw deleted(machine.id);
    const token = isPublic ? undefined : Buffer.from(random.bytes(24)).toString("base64url");
    const tokenDigest = token === undefined ? undefined : digestBytes(Buffer.from(token));
    const { project, id } = ref;
    const mark = { keeper: place, ...(tokenDigest && { tokenDigest }) };
    const opened = { project, machine: id, port, ...mark };
    // What the environment does not serve is not written down.
    await this.#demandServed(machine);
    await state.commit({ ops: [table.put(nameOf(opened), opened)] });
    const { address, url } = await this.#route(opened);
    return { port, address, ...(url && { url }), ...(url && token && { token }) };
  }

  /** The server that keeps a port's route. */
  async keeperOf(ref: MachineRef, port: number): Promise<string | undefined> {
    const name = nameOf({ project: ref.project, machine: ref.id, port });
    return (await table.get(this.#modules.state, name))?.document.keeper;
  }

  async close(ref: { readonly project: string; readonly id: string }, port: number): Promise<void> {
    await this.#modules.service.get(ref.project, ref.id);
    await this.#remove({ project: ref.project, machine: ref.id, port });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#listening[Symbol.dispose]();
    this.#stopping.abort("stopping");
    await this.#following;
    const relays = await Promise.allSettled(this.#relays.values());
    this.#relays.clear();
    for (const each of relays) {
      if (each.status === "fulfilled") await each.value[Symbol.asyncDispose]();
    }
  }

  #isKept({ keeper }: OpenedPort, machine: Machine): boolean {
    const { place, node } = this.#modules;
    return keeper === undefined ? machine.node === node : keeper === place;
  }

  /** Waits for a machine that is on its way, and refuses one whose ports cannot be reached. */
  async #demandServed({ project, id, slot }: Machine): Promise<void> {
    const { offer, service } = this.#modules;
    const signal = AbortSignal.timeout(openMs);
    await service.awake({ project, id, signal });
    if (offer(slot)?.declares.serve === undefined) throw notServed(id, slot);
  }

  async #route(opened: OpenedPort): Promise<Pick<PortWay, "address" | "url">> {
    const { address, requests } = await this.#relay(opened);
    const { ingress, domain, origin } = this.#modules;
    const { protocols, access } = ingress.capabilities;
    const { machine, port, tokenDigest } = opened;
    // A private port is not shown where tokens are not asked for.
    if (!protocols.includes("http1") || (tokenDigest !== undefined && !access)) return { address };
    const [host = "", endpoint = ""] = requests.split(":");
    const name = `${port}-${machine}.${domain}`;
    await ingress.apply({
      name: routeOf(opened),
      match: { host: name },
      backends: [{ id: machine, weight: 1, endpoints: [{ host, port: Number(endpoint) }] }],
      timeoutMs: answerMs,
      ...(tokenDigest !== undefined && { access: { tokenDigests: [tokenDigest] } }),
    });
    return { address, url: origin.replace("{host}", name) };
  }

  #relay(opened: OpenedPort): Promise<Relays> {
    const name = nameOf(opened);
    const known = this.#relays.get(name);
    if (known !== undefined) return known;
    const { project, machine: id, port } = opened;
    const relay = openRelays((use, signal) =>
      this.#modules.dial.open({ project, id, port, use }, signal),
    );
    this.#relays.set(name, relay);
    relay.catch(() => this.#relays.delete(name));
    return relay;
  }

  async #forget({ project, id }: MachineRef): Promise<void> {
    const isKept = [...this.#relays.keys()].some((each) => each.startsWith(`${project}/${id}/`));
    if (!isKept) return;
    try {
      const prefix = table.key(`${project}/${id}/`);
      for await (const entry of this.#modules.state.listAll({ prefix })) {
        await this.#remove(table.read(entry).document);
      }
    } catch (error) {
      this.#warn("ports not closed", error);
    }
  }

  async #remove(opened: OpenedPort): Promise<void> {
    const { ingress, state } = this.#modules;
    const name = nameOf(opened);
    if (ingress.capabilities.protocols.includes("http1")) {
      await ingress.remove(routeOf(opened)).catch((error: unknown) => {
        if (!isFault(error, "resource.missing")) throw error;
      });
    }
    const relay = await this.#relays.get(name)?.catch(() => undefined);
    this.#relays.delete(name);
    await relay?.[Symbol.asyncDispose]();
    await state.commit({ ops: [table.delete(name)] });
  }

  #warn(message: string, error: unknown): void {
    this.#modules.log.warn(message, { code: toFault(error, "machines.ports").code });
  }
}

/** The two ways to a port on this host: for any bytes, and for requests that come through the ingress. */
interface Relays extends AsyncDisposable {
  readonly address: string;
  readonly requests: string;
}

async function openRelays(open: OpenPort): Promise<Relays> {
  await using opened = new AsyncDisposableStack();
  const stream: PortRelay = opened.use(await openPortRelay((signal) => open("stream", signal)));
  const requests = opened.use(await openRequestRelay(open));
  const resources = opened.move();
  return {
    address: stream.address,
    requests: requests.address,
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
}

function notServed(id: string, slot: string): Error {
  return raise("capability.undeclared", {
    op: "machines.openPort",
    subject: `machine/${id}`,
    detail: { facet: "serve" },
    message: `Cannot open a port of machine/${id}: the environment of slot/${slot} does not declare serve`,
  });
}

function nameOf({ project, machine, port }: Omit<OpenedPort, "tokenDigest" | "keeper">): string {
  return `${project}/${machine}/${port}`;
}

function routeOf({ machine, port }: Pick<OpenedPort, "machine" | "port">): string {
  return `machine/${machine}/${port}`;
}

function deleted(id: string): Error {
  return raise("phase.illegal", {
    op: "machines.openPort",
    subject: `machine/${id}`,
    detail: { op: "openPort", phase: "deleted" },
    message: `Cannot open a port of machine/${id}: it is deleted`,
  });
}

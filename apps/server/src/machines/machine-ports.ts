import type { Random } from "@bedplate/clock";
import { digestBytes } from "@bedplate/codec";
import { isFault, raise, toFault } from "@bedplate/errors";
import type { IngressProvider } from "@bedplate/ingress";
import type { Machine, MachineService, MachineStore } from "@bedplate/machines";
import { defineSchema, type Schema, Type } from "@bedplate/schema";
import { DocumentTable, type StateStore } from "@bedplate/state";
import type { Log } from "@bedplate/telemetry";
import { openPortRelay, type PortRelay } from "./port-relay.ts";

/** A port that its owner opened, as it is stored. */
interface OpenedPort {
  readonly project: string;
  readonly machine: string;
  readonly port: number;
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
  readonly random: Random;
  readonly log: Log;
  /** Names this host's node: its ports are opened again after a restart. */
  readonly node: string;
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
      tokenDigest: Type.Optional(Type.String()),
    },
    { additionalProperties: false },
  ),
);
const table = new DocumentTable({ name: "port", schema });

const operationMs = 60_000;
/** How long a guest may take to begin its answer. */
const answerMs = 600_000;

/**
 * Ways to ports of machines: a relay on this host for each, and a route of the ingress to it. Each
 * connection asks for the machine anew, which wakes one that resumes on traffic.
 */
export class MachinePorts implements AsyncDisposable {
  readonly #modules: PortsModules;
  readonly #relays = new Map<string, Promise<PortRelay>>();
  readonly #listening: Disposable;

  constructor(modules: PortsModules) {
    this.#modules = modules;
    this.#listening = modules.store.onChange((machine) => {
      if (machine.observed.state === "deleted") void this.#forget(machine);
    });
  }

  /** Opens again what was open in an earlier life of this host. */
  async start(): Promise<void> {
    for await (const entry of this.#modules.state.listAll({ prefix: table.key("") })) {
      const opened = table.read(entry).document;
      try {
        const { project, machine: id } = opened;
        const machine = await this.#modules.store.get({ project, id });
        if (machine.observed.state === "deleted") await this.#remove(opened);
        else if (machine.node === this.#modules.node) await this.#route(opened);
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
    const { random, service, state } = this.#modules;
    const machine = await service.get(ref.project, ref.id);
    if (machine.desired === "deleted") throw deleted(machine.id);
    const token = isPublic ? undefined : Buffer.from(random.bytes(24)).toString("base64url");
    const tokenDigest = token === undefined ? undefined : digestBytes(Buffer.from(token));
    const { project, id } = ref;
    const opened = { project, machine: id, port, ...(tokenDigest && { tokenDigest }) };
    // What the environment does not serve is not written down.
    await this.#find(opened);
    await state.commit({ ops: [table.put(nameOf(opened), opened)] });
    const { address, url } = await this.#route(opened);
    return { port, address, ...(url && { url }), ...(url && token && { token }) };
  }

  async close(ref: { readonly project: string; readonly id: string }, port: number): Promise<void> {
    await this.#modules.service.get(ref.project, ref.id);
    await this.#remove({ project: ref.project, machine: ref.id, port });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#listening[Symbol.dispose]();
    const relays = await Promise.allSettled(this.#relays.values());
    this.#relays.clear();
    for (const each of relays) {
      if (each.status === "fulfilled") await each.value[Symbol.asyncDispose]();
    }
  }

  /** Where the machine's port is at this moment. */
  async #find({ project, machine: id, port }: OpenedPort): Promise<string> {
    const signal = AbortSignal.timeout(operationMs);
    const access = await this.#modules.service.reach({ project, id, signal });
    const serve = access.facet("serve");
    const request = { port, protocol: "tcp" } as const;
    return (await serve.expose(request, access.call({ timeoutMs: operationMs }))).address;
  }

  async #route(opened: OpenedPort): Promise<Pick<PortWay, "address" | "url">> {
    const { address } = await this.#relay(opened);
    const { ingress, domain, origin } = this.#modules;
    const { protocols, access } = ingress.capabilities;
    const { machine, port, tokenDigest } = opened;
    // A private port is not shown where tokens are not asked for.
    if (!protocols.includes("http1") || (tokenDigest !== undefined && !access)) return { address };
    const [host = "", endpoint = ""] = address.split(":");
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

  #relay(opened: OpenedPort): Promise<PortRelay> {
    const name = nameOf(opened);
    const known = this.#relays.get(name);
    if (known !== undefined) return known;
    const relay = openPortRelay(() => this.#find(opened));
    this.#relays.set(name, relay);
    relay.catch(() => this.#relays.delete(name));
    return relay;
  }

  async #forget({ project, id }: Machine): Promise<void> {
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

function nameOf({ project, machine, port }: Omit<OpenedPort, "tokenDigest">): string {
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

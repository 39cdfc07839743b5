import {
  type CapsView,
  type CaptureBody,
  type CreateMachineBody,
  captureMachine,
  closePort,
  createMachine,
  deleteMachine,
  deleteMachineSnapshot,
  type EgressView,
  type ForkBody,
  forkMachine,
  getMachine,
  getMachineMetrics,
  getMachineSnapshot,
  type LifetimeBody,
  listMachineSnapshots,
  listMachines,
  type MachineEventView,
  type MachineListQuery,
  type MachinePageView,
  type MachineSnapshotPageView,
  type MachineSnapshotQuery,
  type MachineSnapshotView,
  type MachineView,
  type MetricsQuery,
  openPort,
  type PortView,
  pauseMachine,
  type ResourceView,
  type Route,
  resizeMachine,
  resumeMachine,
  setEgress,
  setLifetime,
  stopMachine,
  tellMachineEvents,
} from "@bedplate/routes";
import { type BytesLike, toBytesView } from "./bytes.ts";
import { MachineFiles } from "./machine-files.ts";
import { MachineProcesses } from "./machine-processes.ts";
import type { Waiting } from "./runs.ts";
import type { Transport } from "./transport.ts";

/** What to make; an image as it is. */
export interface CreateMachineOptions extends Omit<CreateMachineBody, "artifact">, Settling {
  /** Image text or bytes, or the digest of a stored one. */
  readonly artifact?: BytesLike | { readonly digest: string } | undefined;
  readonly idempotencyKey?: string | undefined;
}

/** How long to wait until a machine is as it is wanted. */
export interface Settling extends Waiting {
  readonly waitMs?: number | undefined;
}

/** Long-lived machines. */
export class MachinesClient {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** Makes a machine; with `waitMs`, answers when it runs. */
  create(options: CreateMachineOptions = {}): Promise<MachineView> {
    const { artifact, idempotencyKey = crypto.randomUUID(), waitMs, signal, ...rest } = options;
    const isStored = typeof artifact === "object" && "digest" in artifact;
    const body: CreateMachineBody = {
      ...rest,
      ...(artifact !== undefined && {
        artifact: isStored ? artifact : toBytesView(artifact as BytesLike),
      }),
    };
    return this.#transport.call(createMachine, { body, query: { waitMs }, idempotencyKey, signal });
  }

  list(query: MachineListQuery = {}, options: Waiting = {}): Promise<MachinePageView> {
    return this.#transport.call(listMachines, { query, ...options });
  }

  get(id: string, options: Settling = {}): Promise<MachineView> {
    return this.#change(getMachine, id, options);
  }

  pause(id: string, options: Settling = {}): Promise<MachineView> {
    return this.#change(pauseMachine, id, options);
  }

  resume(id: string, options: Settling & { readonly ttlMs?: number } = {}): Promise<MachineView> {
    const { ttlMs, waitMs, signal } = options;
    const body = { ...(ttlMs !== undefined && { ttlMs }) };
    return this.#transport.call(resumeMachine, { params: { id }, query: { waitMs }, body, signal });
  }

  /** Ends what runs in it, and keeps its disk. */
  stop(id: string, options: Settling = {}): Promise<MachineView> {
    return this.#change(stopMachine, id, options);
  }

  delete(id: string, options: Settling = {}): Promise<MachineView> {
    return this.#change(deleteMachine, id, options);
  }

  setLifetime(id: string, body: LifetimeBody): Promise<MachineView> {
    return this.#transport.call(setLifetime, { params: { id }, body });
  }

  setEgress(id: string, body: EgressView): Promise<MachineView> {
    return this.#transport.call(setEgress, { params: { id }, body });
  }

  resize(id: string, body: CapsView): Promise<MachineView> {
    return this.#transport.call(resizeMachine, { params: { id }, body });
  }

  capture(id: string, body: CaptureBody = {}): Promise<MachineSnapshotView> {
    return this.#transport.call(captureMachine, { params: { id }, body });
  }

  async fork(id: string, body: ForkBody = {}): Promise<readonly MachineView[]> {
    return (await this.#transport.call(forkMachine, { params: { id }, body })).machines;
  }

  snapshots(query: MachineSnapshotQuery = {}): Promise<MachineSnapshotPageView> {
    return this.#transport.call(listMachineSnapshots, { query });
  }

  snapshot(id: string): Promise<MachineSnapshotView> {
    return this.#transport.call(getMachineSnapshot, { params: { id } });
  }

  async deleteSnapshot(id: string): Promise<void> {
    await this.#transport.call(deleteMachineSnapshot, { params: { id } });
  }

  /** What happened to a machine; with `follow`, what happens. */
  events(
    id: string,
    options: Waiting & { readonly after?: string; readonly follow?: boolean } = {},
  ): AsyncGenerator<MachineEventView, void, void> {
    const { signal, ...query } = options;
    return this.#transport.events(tellMachineEvents, { params: { id }, query, signal });
  }

  /** What it used, oldest first. */
  async metrics(id: string, query: MetricsQuery = {}): Promise<readonly ResourceView[]> {
    return (await this.#transport.call(getMachineMetrics, { params: { id }, query })).samples;
  }

  /** Opens a way to a port; a private one with a new token. */
  openPort(id: string, port: number, options: { isPublic?: boolean } = {}): Promise<PortView> {
    return this.#transport.call(openPort, { params: { id, port: String(port) }, body: options });
  }

  async closePort(id: string, port: number): Promise<void> {
    await this.#transport.call(closePort, { params: { id, port: String(port) } });
  }

  processes(id: string): MachineProcesses {
    return new MachineProcesses(this.#transport, id);
  }

  files(id: string): MachineFiles {
    return new MachineFiles(this.#transport, id);
  }

  #change(
    route: Route<{ readonly waitMs?: number | undefined }, never, MachineView>,
    id: string,
    options: Settling,
  ): Promise<MachineView> {
    const { waitMs, signal } = options;
    return this.#transport.call(route, { params: { id }, query: { waitMs }, signal });
  }
}

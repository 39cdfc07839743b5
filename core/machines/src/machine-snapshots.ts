import { newId } from "@bedplate/clock";
import { type Digest, digestBytes } from "@bedplate/codec";
import type { KeyedCall, SnapshotManifest, SnapshotScope } from "@bedplate/environment";
import { raise } from "@bedplate/errors";
import type { StoredDocument } from "@bedplate/state";
import type { Machine } from "./machine.ts";
import type { HeldMachine } from "./machine-access.ts";
import type { MachineSnapshot } from "./machine-snapshot.ts";
import { snapshotTable } from "./machine-tables.ts";
import type { MachinesModules } from "./machines-modules.ts";

/** One page of snapshots; `next` is there when more may follow. */
export interface SnapshotPage {
  readonly snapshots: readonly MachineSnapshot[];
  readonly next?: string | undefined;
}

/** Which snapshots to list, newest first. */
export interface SnapshotFilter {
  readonly project: string;
  readonly machine?: string | undefined;
  readonly name?: string | undefined;
  readonly limit?: number | undefined;
  readonly cursor?: string | undefined;
}

/** Snapshots of machines: captured into blobs, kept as records. */
export class MachineSnapshots {
  readonly #modules: Pick<MachinesModules, "state" | "blobs" | "clock" | "random">;

  constructor(modules: Pick<MachinesModules, "state" | "blobs" | "clock" | "random">) {
    this.#modules = modules;
  }

  /** Captures a machine and keeps that under a name. */
  async capture(
    machine: Machine,
    options: {
      readonly held: Pick<HeldMachine, "facet">;
      readonly scope: SnapshotScope;
      readonly name?: string | undefined;
      readonly call: KeyedCall;
    },
  ): Promise<MachineSnapshot> {
    const { held, scope, name, call } = options;
    const { clock, random, state } = this.#modules;
    const manifest = await captureMachine(held, { scope, call, blobs: this.#modules.blobs });
    const now = clock.now();
    const { project, slot, artifact, config, caps, env, annotations, start } = machine;
    const snapshot: MachineSnapshot = {
      id: newId("s", now, random).replace("_", ""),
      project,
      machine: machine.id,
      ...(name !== undefined && { name }),
      ...{ slot, artifact, config, caps, env, annotations, manifest },
      ...(start && { start }),
      bytes: manifest.chunks.reduce((sum, each) => sum + each.bytes, 0),
      createdAt: now,
    };
    const id = `${project}/${snapshot.id}`;
    await state.commit({
      checks: [snapshotTable.absent(id)],
      ops: [snapshotTable.put(id, snapshot)],
    });
    return snapshot;
  }

  async get(project: string, id: string): Promise<MachineSnapshot> {
    return (await this.#stored(project, id)).document;
  }

  /** One page, newest first; short where filters leave out much. */
  async list(filter: SnapshotFilter): Promise<SnapshotPage> {
    const { project, machine, name, limit = 50, cursor } = filter;
    const range = { prefix: `${project}/`, reverse: true, limit, cursor };
    const { documents, next } = await snapshotTable.list(this.#modules.state, range);
    const snapshots = documents
      .map(({ document }) => document)
      .filter((each) => machine === undefined || each.machine === machine)
      .filter((each) => name === undefined || each.name === name);
    return { snapshots, ...(next !== undefined && { next }) };
  }

  /** Forgets it; machines that were made from it go on. */
  async delete(project: string, id: string): Promise<void> {
    const stored = await this.#stored(project, id);
    await this.#modules.state.commit({ ops: [snapshotTable.delete(stored.id)] });
  }

  async #stored(project: string, id: string): Promise<StoredDocument<MachineSnapshot>> {
    const stored = await snapshotTable.get(this.#modules.state, `${project}/${id}`);
    if (stored !== null) return stored;
    throw raise("resource.missing", {
      op: "machines.snapshots.get",
      subject: `snapshot/${id}`,
      detail: { type: "snapshot", id },
      message: `Cannot find snapshot/${id}: there is none in this project`,
    });
  }
}

/** Captures a machine; every chunk is stored before the next is made. */
export async function captureMachine(
  held: Pick<HeldMachine, "facet">,
  options: {
    readonly scope: SnapshotScope;
    readonly call: KeyedCall;
    readonly blobs: MachinesModules["blobs"];
  },
): Promise<SnapshotManifest> {
  const { scope, call, blobs } = options;
  const stored = new Set<Digest>();
  const sink = async (chunk: Uint8Array) => {
    const digest = digestBytes(chunk);
    if (stored.has(digest)) return;
    await blobs.putContent(chunk);
    stored.add(digest);
  };
  return held.facet("snapshot").capture({ scope, sink }, call);
}

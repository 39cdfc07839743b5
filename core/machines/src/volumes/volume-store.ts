import type { Clock } from "@bedplate/clock";
import { digestBytes } from "@bedplate/codec";
import type { DocumentTable, StateCheck, StateOp, StateStore } from "@bedplate/state";
import { isLostRace, type OnceKey } from "../machine-store.ts";
import type { Volume } from "./volume.ts";
import { ending, erasingOf, volumeEvent } from "./volume-changes.ts";
import {
  existingVolume,
  heldVolume,
  missingVolume,
  overQuota,
  reusedKey,
} from "./volume-faults.ts";
import {
  type ErasingVolume,
  erasingTable,
  type VolumeTally,
  volumeOnceTable,
  volumeTable,
  volumeTallyTable,
  volumeUseTable,
} from "./volume-tables.ts";

/** What a project may have. */
export interface VolumeQuota {
  readonly volumesMax: number;
  readonly volumeMiBMax: number;
}

/** One page of volumes, by name; `next` is there when more may follow. */
export interface VolumePage {
  readonly volumes: readonly Volume[];
  readonly next?: string | undefined;
}

const attemptsMax = 32;
const onceKeptMs: number = 24 * 60 * 60 * 1_000;
const mib: number = 2 ** 20;

/** Volumes as records, with the commits that begin and end them. */
export class VolumeStore {
  readonly #state: StateStore;
  readonly #clock: Clock;

  constructor({ state, clock }: { readonly state: StateStore; readonly clock: Clock }) {
    this.#state = state;
    this.#clock = clock;
  }

  async get(project: string, name: string): Promise<Volume> {
    const stored = await volumeTable.get(this.#state, `${project}/${name}`);
    if (stored === null) throw missingVolume(name);
    return stored.document;
  }

  async list(options: {
    readonly project: string;
    readonly limit?: number | undefined;
    readonly cursor?: string | undefined;
  }): Promise<VolumePage> {
    const { project, limit = 50, cursor } = options;
    const range = { prefix: `${project}/`, limit, cursor };
    const { documents, next } = await volumeTable.list(this.#state, range);
    const volumes = documents.map(({ document }) => document);
    return { volumes, ...(next !== undefined && { next }) };
  }

  /** The volume that an idempotency key was used for; null for a fresh key. */
  async findOnce(project: string, once: OnceKey): Promise<Volume | null> {
    const found = await volumeOnceTable.get(this.#state, onceIdOf(project, once));
    if (found === null) return null;
    const { request: first, name } = found.document;
    if (first !== once.request) throw reusedKey({ key: once.key, first, now: once.request });
    return this.get(project, name);
  }

  /** Records a new volume; refuses more than the project may have. */
  async add(
    volume: Volume,
    options: { readonly quota: VolumeQuota; readonly once?: OnceKey | undefined },
  ): Promise<Volume> {
    const { quota, once } = options;
    const { project, name, createdAt: at, node, bytes, slot } = volume;
    const id = `${project}/${name}`;
    return this.#retrying(async () => {
      if (once !== undefined) {
        const earlier = await this.findOnce(project, once);
        if (earlier !== null) return earlier;
      }
      if ((await volumeTable.get(this.#state, id)) !== null) throw existingVolume(name);
      const tally = await this.#tallied(volumeTallyTable, { id: project, by: volume, sign: 1 });
      demandQuota(tally.after, quota);
      const use = await this.#tallied(volumeUseTable, { id: node, by: volume, sign: 1 });
      const event = volumeEvent(this.#state, volume, {
        kind: "created",
        at,
        detail: { bytes, slot, node },
      });
      const checks = [volumeTable.absent(id), tally.check, use.check];
      const ops = [volumeTable.put(id, volume), tally.op, use.op, event];
      if (once !== undefined) {
        const onceId = onceIdOf(project, once);
        checks.push(volumeOnceTable.absent(onceId));
        const op = volumeOnceTable.put(onceId, { name, request: once.request });
        ops.push(ending(this.#state, op, onceKeptMs));
      }
      await this.#state.commit({ checks, ops });
      return volume;
    });
  }

  /** Forgets a volume that no machine has; its node erases what is in it. */
  async delete(project: string, name: string): Promise<Volume> {
    const id = `${project}/${name}`;
    return this.#retrying(async () => {
      const stored = await volumeTable.get(this.#state, id);
      if (stored === null) throw missingVolume(name);
      const { document: volume } = stored;
      const [holder] = volume.holders;
      if (holder !== undefined) throw heldVolume("delete", { volume, by: holder.machine });
      const tally = await this.#tallied(volumeTallyTable, { id: project, by: volume, sign: -1 });
      const after = { ...volume, edition: volume.edition + 1 };
      const at = this.#clock.now();
      await this.#state.commit({
        checks: [volumeTable.at(stored), tally.check],
        ops: [
          volumeTable.delete(id),
          erasingTable.put(`${volume.node}/${volume.id}`, erasingOf(volume)),
          tally.op,
          volumeEvent(this.#state, after, { kind: "deleted", at }),
        ],
      });
      return volume;
    });
  }

  /** What a node has yet to erase. */
  async *erasing(node: string): AsyncGenerator<ErasingVolume, void, void> {
    for await (const entry of this.#state.listAll({ prefix: erasingTable.key(`${node}/`) })) {
      yield erasingTable.read(entry).document;
    }
  }

  /** A node has erased a volume. Saying so twice does nothing. */
  async erased(volume: ErasingVolume): Promise<void> {
    const id = `${volume.node}/${volume.id}`;
    await this.#retrying(async () => {
      const stored = await erasingTable.get(this.#state, id);
      if (stored === null) return;
      const use = await this.#tallied(volumeUseTable, { id: volume.node, by: volume, sign: -1 });
      const event = volumeEvent(this.#state, volume, { kind: "erased", at: this.#clock.now() });
      await this.#state.commit({
        checks: [erasingTable.at(stored), use.check],
        ops: [erasingTable.delete(id), use.op, event],
      });
    });
  }

  async #tallied(
    table: DocumentTable<VolumeTally>,
    change: {
      readonly id: string;
      readonly by: { readonly bytes: number };
      readonly sign: 1 | -1;
    },
  ): Promise<{ after: VolumeTally; check: StateCheck<string>; op: StateOp<string> }> {
    const { id, by, sign } = change;
    const stored = await table.get(this.#state, id);
    const { volumes, bytes } = stored?.document ?? { volumes: 0, bytes: 0 };
    const after = {
      volumes: Math.max(0, volumes + sign),
      bytes: Math.max(0, bytes + sign * by.bytes),
    };
    const check = stored === null ? table.absent(id) : table.at(stored);
    return { after, check, op: table.put(id, after) };
  }

  async #retrying<T>(work: () => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await work();
      } catch (error) {
        if (!isLostRace(error) || attempt >= attemptsMax) throw error;
      }
    }
  }
}

function demandQuota({ volumes, bytes }: VolumeTally, quota: VolumeQuota): void {
  const { volumesMax, volumeMiBMax } = quota;
  const size = Math.ceil(bytes / mib);
  if (volumes > volumesMax) throw overQuota("volumes", volumesMax, volumes);
  if (size > volumeMiBMax) throw overQuota("volumeMiB", volumeMiBMax, size);
}

function onceIdOf(project: string, { key }: OnceKey): string {
  return `${project}/${digestBytes(Buffer.from(key)).slice(7)}`;
}

import { type Clock, newId, type Random } from "@bedplate/clock";
import { digestValue } from "@bedplate/codec";
import { checkVolumes } from "@bedplate/environment";
import type { SlotOffer } from "../machine-nodes.ts";
import type { OnceKey } from "../machine-store.ts";
import {
  type MachineVolume,
  type Volume,
  volumeBytesMax,
  volumeBytesMin,
  volumeNameText,
} from "./volume.ts";
import { demandFree } from "./volume-claims.ts";
import { invalidVolume, missingSlot, undeclaredVolumes } from "./volume-faults.ts";
import type { VolumeHomes } from "./volume-homes.ts";
import type { VolumePage, VolumeQuota, VolumeStore } from "./volume-store.ts";

/** What a new volume shall be. */
export interface VolumeRequest {
  readonly project: string;
  readonly name: string;
  readonly bytes: number;
  /** Whose machines can have it. Default: the host's standard slot for machines. */
  readonly slot?: string | undefined;
  readonly labels?: Readonly<Record<string, string>> | undefined;
  /** The labels that its node must have. */
  readonly nodeLabels?: Readonly<Record<string, string>> | undefined;
  readonly idempotencyKey?: string | undefined;
}

/** A volume that a new machine shall have. */
export interface VolumeWish {
  readonly name: string;
  readonly path: string;
  /** Default: it writes, and nobody else has the volume. */
  readonly isReadOnly?: boolean | undefined;
}

/** What the volumes of a machine come to. */
export interface ResolvedVolumes {
  readonly volumes: readonly MachineVolume[];
  /** The node that has them. */
  readonly home: string;
}

/** What the service is built from. */
export interface VolumesModules {
  readonly volumes: VolumeStore;
  readonly homes: VolumeHomes;
  readonly clock: Clock;
  readonly random: Random;
  readonly standardSlot: string;
  readonly offer: (slot: string) => SlotOffer | undefined;
  /** Has what was deleted erased at once, where that can be done from here. */
  readonly onDeleted?: ((volume: Volume) => Promise<void>) | undefined;
  readonly quotaOf: (project: string) => Promise<VolumeQuota>;
}

/** Folders of projects that outlive machines. */
export class VolumeService {
  readonly #modules: VolumesModules;

  constructor(modules: VolumesModules) {
    this.#modules = modules;
  }

  /** Writes a volume down, with the node that it will be on; the first machine finds it empty. */
  async create(request: VolumeRequest): Promise<Volume> {
    const { volumes, homes, clock, random, quotaOf, standardSlot } = this.#modules;
    const { project, name, bytes, slot = standardSlot, labels = {}, nodeLabels } = request;
    const once = onceOf(request);
    const earlier = once && (await volumes.findOnce(project, once));
    if (earlier) return earlier;
    checkRequest(request);
    this.#demandDeclared("volumes.create", slot);
    const node = await homes.choose({ slot, bytes, nodeLabels });
    const now = clock.now();
    const id = newId("v", now, random).replace("_", "");
    const volume: Volume = {
      ...{ id, project, name, slot, bytes, node, labels },
      ...{ edition: 1, holders: [], createdAt: now },
    };
    return volumes.add(volume, { quota: await quotaOf(project), once });
  }

  get(project: string, name: string): Promise<Volume> {
    return this.#modules.volumes.get(project, name);
  }

  /** Those of a project, by name. */
  list(filter: Parameters<VolumeStore["list"]>[0]): Promise<VolumePage> {
    return this.#modules.volumes.list(filter);
  }

  /** Forgets a volume at once, and has its node erase it; `resource.busy` while a machine has it. */
  async delete(project: string, name: string): Promise<Volume> {
    const { volumes, onDeleted } = this.#modules;
    const volume = await volumes.delete(project, name);
    await onDeleted?.(volume);
    return volume;
  }

  /** What a new machine's volumes are; refuses those that it cannot have. */
  async resolve(
    wishes: readonly VolumeWish[],
    machine: { readonly project: string; readonly slot: string },
  ): Promise<ResolvedVolumes | undefined> {
    const { project, slot } = machine;
    this.#demandDeclared("machines.create", slot);
    const found: Volume[] = [];
    const volumes: MachineVolume[] = [];
    for (const { name, path, isReadOnly = false } of wishes) {
      const volume = await this.#modules.volumes.get(project, name);
      demandFree(volume, { isReadOnly });
      found.push(volume);
      volumes.push({ volume: volume.id, name, path, isReadOnly, bytes: volume.bytes });
    }
    checkVolumes("machines.create", volumes);
    const [first] = found;
    if (first === undefined) return undefined;
    for (const [at, volume] of found.entries()) checkTogether(volume, { first, slot, at });
    return { volumes, home: first.node };
  }

  #demandDeclared(op: string, slot: string): void {
    const offer = this.#modules.offer(slot);
    if (offer === undefined) throw missingSlot(op, slot);
    if (offer.declares.exec?.volumes !== true) throw undeclaredVolumes(op, slot);
  }
}

function checkRequest({ name, bytes }: VolumeRequest): void {
  if (!new RegExp(volumeNameText).test(name)) {
    const rule = "must be of lower-case letters, digits and hyphens, at most 63";
    throw invalidVolume("volumes.create", "/name", rule);
  }
  const isFit = Number.isSafeInteger(bytes) && bytes >= volumeBytesMin && bytes <= volumeBytesMax;
  if (isFit) return;
  const rule = `must be a whole number from ${volumeBytesMin} to ${volumeBytesMax}`;
  throw invalidVolume("volumes.create", "/bytes", rule);
}

function checkTogether(
  volume: Volume,
  machine: { readonly first: Volume; readonly slot: string; readonly at: number },
): void {
  const { first, slot, at } = machine;
  const refuse = (rule: string) => invalidVolume("machines.create", `/volumes/${at}/name`, rule);
  if (volume.slot !== slot) throw refuse(`is a volume for machines of slot/${volume.slot}`);
  if (volume.node === first.node) return;
  throw refuse(`is on node/${volume.node}, and volume/${first.name} on node/${first.node}`);
}

function onceOf({ idempotencyKey: key, ...rest }: VolumeRequest): OnceKey | undefined {
  if (key === undefined) return undefined;
  const text = JSON.stringify(rest, (_, value: unknown) => value ?? null);
  return { key, request: digestValue([text]) };
}

import type { VolumeMount } from "@bedplate/environment";
import { raise } from "@bedplate/errors";
import type { FileNode, FileTree } from "./file-tree.ts";

interface FakeVolume {
  /** What is in it, by paths from its root. */
  nodes: readonly (readonly [string, FileNode])[];
  /** Who has it, and whether it writes. */
  readonly held: Map<string, boolean>;
}

/** The volumes of one plug-in, by their hosts: they outlive machines, and hosts as well. */
export class FakeVolumes {
  readonly #volumes = new Map<string, FakeVolume>();

  /** Names of an owner's volumes. */
  list(owner: string): readonly string[] {
    const prefix = `${owner}\n`;
    const names = [...this.#volumes.keys()].filter((each) => each.startsWith(prefix));
    return names.map((each) => each.slice(prefix.length));
  }

  /** Puts volumes into a new machine's tree: all of them, or none. */
  mount(machine: VolumeUser): void {
    const all = machine.volumes.map((mount) => ({ mount, volume: this.#at(machine, mount) }));
    for (const { mount, volume } of all) demandFree(mount, volume.held);
    for (const { mount, volume } of all) {
      this.#volumes.set(keyOf(machine, mount.volume), volume);
      volume.held.set(machine.id, !mount.isReadOnly);
      machine.tree.mount(mount, volume.nodes);
    }
  }

  /** Keeps what the machine wrote, and lets others have its volumes. */
  unmount(machine: VolumeUser): void {
    for (const mount of machine.volumes) {
      const volume = this.#volumes.get(keyOf(machine, mount.volume));
      if (volume?.held.delete(machine.id) !== true) continue;
      if (!mount.isReadOnly) volume.nodes = machine.tree.below(mount.path);
    }
  }

  erase(owner: string, name: string): void {
    const volume = this.#volumes.get(keyOf({ owner }, name));
    const [by] = volume?.held.keys() ?? [];
    if (by !== undefined) throw busy("erase", { volume: name, by });
    this.#volumes.delete(keyOf({ owner }, name));
  }

  #at(machine: VolumeUser, mount: VolumeMount): FakeVolume {
    const known = this.#volumes.get(keyOf(machine, mount.volume));
    return known ?? { nodes: [], held: new Map() };
  }
}

/** A machine, as far as its volumes are concerned. */
export interface VolumeUser {
  readonly id: string;
  readonly owner: string;
  readonly volumes: readonly VolumeMount[];
  readonly tree: FileTree;
}

function demandFree(mount: VolumeMount, held: ReadonlyMap<string, boolean>): void {
  for (const [by, writes] of held) {
    if (writes || !mount.isReadOnly) throw busy("mount", { volume: mount.volume, by });
  }
}

function keyOf({ owner }: Pick<VolumeUser, "owner">, name: string): string {
  return `${owner}\n${name}`;
}

function busy(verb: string, options: { readonly volume: string; readonly by: string }): Error {
  const { volume, by } = options;
  return raise("resource.busy", {
    op: `environment.${verb}`,
    subject: `volume/${volume}`,
    detail: { type: "volume", id: volume, by },
    message: `Cannot ${verb} volume/${volume}: instance/${by} has it`,
  });
}

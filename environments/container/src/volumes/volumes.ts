import { join } from "node:path";
import type { Call, KeyedCall, VolumeMount, VolumesDriver } from "@bedplate/environment";
import { raise } from "@bedplate/errors";
import { capRanges } from "../cap-ranges.ts";
import { until } from "../cgroup/folder.ts";
import { namesIn } from "../host/look.ts";
import { busyVolume, VolumeHolds } from "./volume-holds.ts";
import {
  checkVolumeImage,
  isMounted,
  makeVolumeImage,
  removeDrafts,
  removeVolumeImage,
} from "./volume-image.ts";

/** How long one waits for a mount to go that a machine has left. */
const goneMsMax = 10_000;

/** Who has a volume that is being erased: each erasure is one of its own, and lets go of its own. */
function eraserOf(volume: string): string {
  return `the erasure of volume/${volume}`;
}

/** Where the images of an owner's volumes are. */
export function volumesFolder(dataFolder: string, mark: string): string {
  return join(dataFolder, "volumes", mark);
}

/** Where a volume's image is. */
export function volumeImage(
  places: { readonly dataFolder: string; readonly mark: string },
  volume: string,
): string {
  return join(volumesFolder(places.dataFolder, places.mark), `${volume}${ending}`);
}

const ending = ".img";

/** One owner's volumes on this host: an image each, and who has it. */
export class Volumes implements VolumesDriver {
  readonly #folder: string;
  readonly #holds = new VolumeHolds();
  /** Images that are in order, or are being brought there, for those that have them. */
  readonly #ready = new Map<string, Promise<void>>();

  private constructor(folder: string) {
    this.#folder = folder;
  }

  /** What machines of an earlier life have, they have; what was half made is removed. */
  static async open(
    folder: string,
    machines: Iterable<{
      readonly id: string;
      readonly volumes?: readonly VolumeMount[] | undefined;
    }>,
  ): Promise<Volumes> {
    await removeDrafts(folder);
    const opened = new Volumes(folder);
    for (const { id, volumes = [] } of machines) {
      opened.#holds.take(id, volumes);
      for (const { volume } of volumes) opened.#ready.set(volume, Promise.resolve());
    }
    return opened;
  }

  /** Gives a machine its volumes, and makes those that are not there yet. What fails takes nothing. */
  async take(machine: string, mounts: readonly VolumeMount[]): Promise<void> {
    for (const [at, { bytes }] of mounts.entries()) checkBytes(bytes, `/volumes/${at}/bytes`);
    this.#holds.take(machine, mounts);
    try {
      for (const mount of mounts) await this.#prepare(mount);
    } catch (error) {
      this.drop(machine);
      throw error;
    }
  }

  /** The machine is gone. */
  drop(machine: string): void {
    this.#holds.drop(machine);
    for (const volume of this.#ready.keys()) {
      if (!this.#holds.isHeld(volume)) this.#ready.delete(volume);
    }
  }

  async *list(_call: Call): AsyncIterable<string> {
    for (const each of namesIn(this.#folder)) {
      if (each.endsWith(ending)) yield each.slice(0, -ending.length);
    }
  }

  async erase(volume: string, _call: KeyedCall): Promise<void> {
    const eraser = eraserOf(volume);
    this.#holds.take(eraser, [{ volume, isReadOnly: false }], "erase");
    try {
      const image = this.#imageOf(volume);
      await this.#free(image, () => busyVolume("erase", { volume, by: "a mount" }));
      await removeVolumeImage(image);
    } finally {
      this.#holds.drop(eraser);
    }
  }

  /** Those that read a volume together wait for whoever came first: it may be mounted by now. */
  #prepare(mount: VolumeMount): Promise<void> {
    const ready = this.#ready.get(mount.volume) ?? this.#makeReady(mount);
    this.#ready.set(mount.volume, ready);
    return ready;
  }

  async #makeReady({ volume, bytes }: VolumeMount): Promise<void> {
    const image = this.#imageOf(volume);
    await this.#free(image, () => busyVolume("mount", { volume, by: "a mount" }));
    await makeVolumeImage(image, bytes);
    await checkVolumeImage(image);
  }

  /** Two mounts of one image that do not know of each other would ruin it. */
  async #free(image: string, otherwise: () => Error): Promise<void> {
    const what = "the volume is mounted nowhere";
    await until(() => !isMounted(image), { timeoutMs: goneMsMax, what }).catch(() => {
      throw otherwise();
    });
  }

  #imageOf(volume: string): string {
    return join(this.#folder, `${volume}${ending}`);
  }
}

function checkBytes(bytes: number, path: string): void {
  const [min, max] = capRanges.diskBytes;
  if (bytes >= min && bytes <= max) return;
  const rule = `must be from ${min} to ${max}`;
  throw raise("argument.invalid", {
    op: "environment.create",
    detail: { path, rule },
    message: `Cannot make the machine: ${path} ${rule}`,
  });
}

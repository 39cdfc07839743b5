import { renameSync, rmdirSync } from "node:fs";
import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import type { Cgroups } from "../cgroup/cgroups.ts";
import { Warden } from "../launch/warden.ts";
import { cgroupName } from "../machine/cgroup-name.ts";
import { type DiskLimits, makeDisk } from "../rootfs/disk.ts";
import { idRangeOf } from "./id-range.ts";
import type { NamedBerth } from "./ready-berths.ts";

/** Where moorings have their folders, and what every warden is told first. */
export interface MooringPlaces {
  readonly stateFolder: string;
  readonly dataFolder: string;
  readonly cgroups: Cgroups;
  /** Whether mounts show the machine's own ids. */
  readonly isShifted: boolean;
}

/** A warden that waits for its machine: in the machine's bounds, and with a disk. */
interface Mooring {
  readonly warden: Warden;
  readonly limits: DiskLimits;
  readonly image: string;
  readonly place: string;
}

/** A warden for a start, and what of it is done. */
export interface MooredWarden {
  readonly warden: Warden;
  readonly isJoined: boolean;
  readonly hasDisk: boolean;
}

/** What a machine wants of its mooring; without limits it has a disk of its own, or none. */
export interface DiskWish {
  readonly limits?: DiskLimits | undefined;
  readonly disk: string;
  readonly target: string;
}

/** Longest time for mounting a disk and moving a process into its bounds. */
const readyMsMax = 30_000;

/**
 * Wardens that were started before there is a machine, one to a berth: to mount a disk and to move
 * into cgroups takes the kernel longer than all the rest. Disks have the size that was asked for last.
 */
export class Moorings {
  readonly #places: MooringPlaces;
  readonly #waiting = new Map<number, Mooring>();
  /** Given to a machine that has not been started. */
  readonly #taken = new Map<number, MooredWarden>();
  #wanted: DiskLimits;

  constructor(places: MooringPlaces, wanted: DiskLimits) {
    this.#places = places;
    this.#wanted = wanted;
  }

  /** Makes all ready in a berth that no machine has yet. */
  async prepare(named: NamedBerth): Promise<void> {
    const berth = named.berth.number;
    const limits = this.#wanted;
    const place = join(this.#places.stateFolder, "moorings", String(berth));
    const image = this.#imageOf(berth);
    await mkdir(place, { recursive: true, mode: 0o711 });
    await mkdir(join(this.#places.dataFolder, "disks"), { recursive: true, mode: 0o700 });
    await rm(image, { force: true });
    await makeDisk(image, { limits, cacheFolder: `${this.#places.dataFolder}/templates` });
    const { cgroups } = this.#places;
    cgroups.named(cgroupName(named)).create();
    const warden = this.#newWarden(berth);
    this.#waiting.set(berth, { warden, limits, image, place });
    const folders = cgroups.foldersToJoin(cgroupName(named));
    const joins = folders.map((path) => ["cgroup", path] as const);
    warden.tell([...joins, ["join"], ["loop", image, place]]);
    await warden.report(readyMsMax);
  }

  /** Gives a machine what waits in its berth; true: its disk too. */
  async take(berth: number, { limits, disk, target }: DiskWish): Promise<boolean> {
    if (limits !== undefined) this.#wanted = limits;
    const mooring = this.#waiting.get(berth);
    if (mooring === undefined) return false;
    const { warden, image, place } = mooring;
    const hasDisk = isSame(mooring.limits, limits);
    if (hasDisk) renameSync(image, disk);
    else await rm(image, { force: true });
    warden.tell([hasDisk ? ["move", place, target] : ["hide", place]]);
    this.#waiting.delete(berth);
    this.#taken.set(berth, { warden, isJoined: true, hasDisk });
    return hasDisk;
  }

  /** The warden for the start of the machine in that berth. */
  wardenOf(berth: number): MooredWarden {
    const taken = this.#taken.get(berth);
    this.#taken.delete(berth);
    return taken ?? { warden: this.#newWarden(berth), isJoined: false, hasDisk: false };
  }

  /** Takes away what waits in a berth, also what an earlier life of this host left there. */
  async drop(berth: number): Promise<void> {
    const mooring = this.#waiting.get(berth) ?? this.#taken.get(berth);
    this.#waiting.delete(berth);
    this.#taken.delete(berth);
    await mooring?.warden.dismiss();
    await rm(this.#imageOf(berth), { force: true });
    removeEmpty(join(this.#places.stateFolder, "moorings", String(berth)));
  }

  /** The image of a disk that waits. */
  #imageOf(berth: number): string {
    return join(this.#places.dataFolder, "disks", `berth-${berth}.img`);
  }

  #newWarden(berth: number): Warden {
    const { stateFolder, cgroups, isShifted } = this.#places;
    const { first, count } = idRangeOf(berth);
    const warden = new Warden(stateFolder);
    warden.tell([
      ...cgroups.home().map((path) => ["home", path] as const),
      ...(isShifted ? [["map", String(first), String(count)] as const] : []),
    ]);
    return warden;
  }
}

function isSame(one: DiskLimits, other: DiskLimits | undefined): boolean {
  return one.bytes === other?.bytes && one.inodes === other.inodes;
}

function removeEmpty(path: string): void {
  try {
    rmdirSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
  }
}

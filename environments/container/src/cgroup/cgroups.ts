import { readdirSync } from "node:fs";
import { availableParallelism } from "node:os";
import { dirname } from "node:path";
import { raise } from "@bedplate/errors";
import type { Cgroup } from "./cgroup.ts";
import { type CgroupLayout, readCgroupLayout } from "./cgroup-layout.ts";
import { CgroupV1 } from "./cgroup-v1.ts";
import { CgroupV2 } from "./cgroup-v2.ts";
import { tryWriteControl } from "./control-file.ts";
import { makeFolder, removeFolder } from "./folder.ts";

/** What a group weighs that nobody weighed, and the most that the kernel takes, in either layout. */
const weights = [100, 10_000] as const;
const shares = [1024, 262_144] as const;

/** Where an owner's cgroups are. */
export interface CgroupsOptions {
  readonly layout: CgroupLayout;
  /** Folder below the top of each hierarchy, without a slash before it. */
  readonly parent: string;
  /** Whether the runtime is told the machine's cgroup, and joins it by itself. */
  readonly runtimeJoins?: boolean | undefined;
}

/** All cgroups of one owner on this host, below one folder of each hierarchy. */
export class Cgroups {
  readonly #layout: Exclude<CgroupLayout, { kind: "none" }>;
  readonly #parent: string;
  readonly #runtimeJoins: boolean;

  constructor(options: CgroupsOptions) {
    const { layout, parent, runtimeJoins = false } = options;
    if (layout.kind === "none") throw noCgroups(layout.reason);
    this.#layout = layout;
    this.#parent = parent;
    this.#runtimeJoins = runtimeJoins;
  }

  /** Where a cgroup of that name is, from the top of each hierarchy. */
  pathOf(name: string): string {
    return `/${this.#parent}/${name}`;
  }

  /**
   * Folders that a machine's runtime is put into before its first instruction. One that joins by itself
   * is not put into a folder of version 2: it takes whoever is in there for another machine.
   */
  foldersToJoin(name: string): readonly string[] {
    return this.#runtimeJoins && this.#layout.kind === "v2" ? [] : this.named(name).folders;
  }

  /** The cgroup of that name, whether or not it has been made. */
  named(name: string): Cgroup {
    const path = `${this.#parent}/${name}`;
    return this.#layout.kind === "v2"
      ? new CgroupV2(this.#layout, path)
      : new CgroupV1(this.#layout, path);
  }

  /** Names of every cgroup that is there, also of those that an earlier life of this host left. */
  list(): readonly string[] {
    const names = new Set<string>();
    for (const root of this.#roots()) {
      for (const each of folders(`${root}/${this.#parent}`)) names.add(each);
    }
    return [...names].sort();
  }

  /** A cgroup for processes of ours that live as long as machines: ending the server ends them not. */
  home(): readonly string[] {
    const paths = this.#roots().map((root) => `${root}/${this.#parent}/${homeName}`);
    for (const each of paths) makeFolder(each);
    this.#weigh();
    return paths;
  }

  // A group weighs as much as one process of the host, however many are in it: all machines together
  // would stand back behind any two processes. These weigh as much as one process on each processor.
  #weigh(): void {
    const processors = availableParallelism();
    const isUnified = this.#layout.kind === "v2";
    const root = this.#layout.kind === "v2" ? this.#layout.mount : this.#layout.mounts.cpu;
    const file = isUnified ? "cpu.weight" : "cpu.shares";
    const [ordinary, most] = isUnified ? weights : shares;
    for (const each of [this.#parent, dirname(this.#parent)].filter((name) => name !== ".")) {
      tryWriteControl(`${root}/${each}/${file}`, Math.min(most, ordinary * processors));
    }
  }

  /** Removes the folders of this owner where nothing is left in them. */
  removeEmpty(): void {
    // A runtime that joins by itself does so everywhere, and leaves what is above the machine's folder.
    for (const root of [...this.#roots(), ...(this.#runtimeJoins ? this.#others() : [])]) {
      for (const each of [`${this.#parent}/${homeName}`, this.#parent]) {
        ignoreBusy(() => removeFolder(`${root}/${each}`));
      }
    }
  }

  #others(): readonly string[] {
    return (this.#layout.kind === "v1" && this.#layout.others) || [];
  }

  #roots(): readonly string[] {
    if (this.#layout.kind === "v2") return [this.#layout.mount];
    const { mounts, unified } = this.#layout;
    return [...new Set([...Object.values(mounts), ...(unified === undefined ? [] : [unified])])];
  }
}

/** Opens the cgroups of an owner on this host. */
export function openCgroups(options: Omit<CgroupsOptions, "layout">): Cgroups {
  return new Cgroups({ layout: readCgroupLayout(), ...options });
}

/** Name of the cgroup that wardens live in; no machine is called so. */
export const homeName = "wardens";

function folders(path: string): readonly string[] {
  try {
    const entries = readdirSync(path, { withFileTypes: true });
    return entries
      .filter((each) => each.isDirectory() && each.name !== homeName)
      .map((e) => e.name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
}

function ignoreBusy(work: () => void): void {
  try {
    work();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== "EBUSY" && code !== "ENOTEMPTY") throw error;
  }
}

function noCgroups(reason: string): Error {
  return raise("environment.unhealthy", {
    op: "environment.open",
    detail: { reason },
    message: `Cannot bound machines: ${reason}`,
  });
}

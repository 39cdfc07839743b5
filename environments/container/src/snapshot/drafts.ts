import { existsSync } from "node:fs";
import { readdir, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";

/** Where a capture of a machine keeps its copy: beside the machine's disk, so that both are on one file system. */
export function draftOf(disk: string, key: string): string {
  const name = key.replaceAll(/[^A-Za-z0-9-]/g, "").slice(0, 32);
  return `${disk}.${name}-${Date.now()}`;
}

/** Removes what captures of a machine left that nobody takes to their end. */
export async function removeDrafts(disk: string): Promise<void> {
  await removeAll(dirname(disk), (name) => name.startsWith(`${basename(disk)}.`));
}

/**
 * Removes the copies of captures that a process did not live to remove: those of machines that are its
 * successor's, and those of machines that have no disk any more.
 */
export async function sweepDrafts(folder: string, machines: ReadonlySet<string>): Promise<void> {
  await removeAll(folder, (name) => {
    const [id] = name.split(infix, 1);
    if (id === undefined || !name.includes(infix)) return false;
    return machines.has(id) || !existsSync(join(folder, `${id}.img`));
  });
}

/** What is between a machine's name and the rest of a draft's. */
const infix = ".img.";

async function removeAll(folder: string, isLeft: (name: string) => boolean): Promise<void> {
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "ENOENT") throw error;
    return [];
  });
  for (const name of names.filter(isLeft)) {
    await rm(join(folder, name), { recursive: true, force: true });
  }
}

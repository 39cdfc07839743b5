import { randomUUID } from "node:crypto";
import { link, mkdir, open, rename, rm } from "node:fs/promises";
import { dirname, join, relative } from "node:path";

/** Holds files until they are complete. */
export const temporaryFolder = "temporary";

/** Writes a file that nobody sees yet; whatever goes wrong, nothing of it stays. */
export async function writeTemporary(
  root: string,
  write: (append: (chunk: Uint8Array) => Promise<void>) => Promise<void>,
): Promise<string> {
  const path = join(root, temporaryFolder, randomUUID());
  const file = await open(path, "wx", 0o600);
  try {
    await write(async (chunk) => {
      // A plain write may be short; this one goes on.
      await file.appendFile(chunk);
    });
    await file.sync();
    await file.close();
    return path;
  } catch (error) {
    await file.close();
    await rm(path, { force: true });
    throw error;
  }
}

/**
 * Gives a temporary file its place, in one step, and makes that last. With `ifAbsent`, answers false
 * and removes the file when the place is taken.
 */
export async function publish(
  temporary: string,
  {
    root,
    path,
    ifAbsent,
  }: { readonly root: string; readonly path: string; readonly ifAbsent: boolean },
): Promise<boolean> {
  const target = join(root, path);
  try {
    await makeFolders(root, dirname(path));
    const isFirst = ifAbsent ? await linkNew(temporary, target) : true;
    if (isFirst && !ifAbsent) await rename(temporary, target);
    if (isFirst) await syncFolder(dirname(target));
    return isFirst;
  } finally {
    await rm(temporary, { force: true });
  }
}

/** Makes what happened to the names in a folder survive a loss of power. */
export async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, "r");
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

/** A link, unlike a rename, fails when the name is taken. */
async function linkNew(temporary: string, target: string): Promise<boolean> {
  try {
    await link(temporary, target);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
}

/** Makes the folders of a path last, from the first new one down. */
async function makeFolders(root: string, path: string): Promise<void> {
  const first = await mkdir(join(root, path), { recursive: true });
  if (first === undefined) return;
  const parts = relative(dirname(first), join(root, path)).split("/");
  let folder = dirname(first);
  for (const part of parts) {
    await syncFolder(folder);
    folder = join(folder, part);
  }
}

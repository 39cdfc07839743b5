import { randomUUID } from "node:crypto";
import { dirname, join, relative } from "node:path";
import type { Disk } from "./disk.ts";

/** Holds files until they are complete. */
export const temporaryFolder = "temporary";

/** Writes a file that nobody sees yet; whatever goes wrong, nothing of it stays. */
export async function writeTemporary(
  disk: Disk,
  root: string,
  write: (append: (chunk: Uint8Array) => Promise<void>) => Promise<void>,
): Promise<string> {
  const path = join(root, temporaryFolder, randomUUID());
  const file = await disk.create(path);
  try {
    await write((chunk) => file.append(chunk));
    await file.sync();
    await file.close();
    return path;
  } catch (error) {
    await file.close().catch(() => {});
    await disk.remove(path);
    throw error;
  }
}

/** Makes the folders of a path last, from the first new one down. */
export async function makeFolders(disk: Disk, root: string, path: string): Promise<void> {
  const first = await disk.makeFolders(join(root, path));
  if (first === undefined) return;
  const parts = relative(dirname(first), join(root, path)).split("/");
  let folder = dirname(first);
  for (const part of parts) {
    await disk.syncFolder(folder);
    folder = join(folder, part);
  }
}

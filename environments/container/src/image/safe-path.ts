import { lstat } from "node:fs/promises";
import { join } from "node:path";

/** Longest path in an archive, in bytes, as the kernel bounds it. */
const pathBytesMax = 4096;

/** The parts of a path inside a root; what could lead out of it is refused. */
export function splitPath(path: string): readonly string[] {
  if (path.includes("\0")) throw new Error("a path has a NUL in it");
  if (Buffer.byteLength(path) > pathBytesMax) throw new Error("a path is too long");
  if (path.startsWith("/")) throw new Error(`the path ${show(path)} is absolute`);
  const parts = path.split("/").filter((each) => each !== "" && each !== ".");
  if (parts.includes("..")) throw new Error(`the path ${show(path)} has .. in it`);
  return parts;
}

/**
 * The place of a path below a root into which nobody else writes. Every folder above it has to be a
 * folder: through a link, what is written would land elsewhere.
 */
export async function placeIn(root: string, parts: readonly string[]): Promise<string> {
  let at = root;
  for (const part of parts.slice(0, -1)) {
    at = join(at, part);
    const found = await lstat(at).catch(() => undefined);
    if (found !== undefined && !found.isDirectory()) {
      throw new Error(`the path ${show(parts.join("/"))} goes through something that is no folder`);
    }
  }
  return join(root, ...parts);
}

function show(path: string): string {
  return JSON.stringify(path.slice(0, 200));
}

import { posix } from "node:path";
import type { FileEntry } from "@bedplate/environment";
import { isFault, raise } from "@bedplate/errors";
import { type EnvdRequest, rootUser, stepTimeoutMs } from "./sandbox-use.ts";

/** Makes the folder `$1` and what is missing above it, each owned by `$2`. */
const makeScript = `set -e
make() {
  [ -d "$1" ] && return 0
  make "$(dirname "$1")"
  mkdir "$1"
  chown "$2:" "$1"
}
make "$1" "$2"`;

/** What is there, whoever asks; undefined for nothing. */
export async function look(
  path: string,
  { use }: Pick<EnvdRequest, "use">,
): Promise<FileEntry | undefined> {
  try {
    return await use.files.stat({ path, user: rootUser }, use.call({ timeoutMs: stepTimeoutMs }));
  } catch (error) {
    if (isFault(error, "resource.missing")) return undefined;
    throw error;
  }
}

/**
 * Whether the user owns the nearest folder above the path that is there: then all below it can be
 * made with the user's own rights.
 */
export async function isOwnPlace(path: string, asked: EnvdRequest): Promise<boolean> {
  if (asked.user === rootUser) return true;
  for (let above = posix.dirname(path); ; above = posix.dirname(above)) {
    const entry = await look(above, asked);
    if (entry !== undefined) return entry.kind === "folder" && entry.owner === asked.user;
    if (above === "/") return false;
  }
}

/** Makes a folder that is not there, owned by the user wherever it is. */
export async function makeOwnFolder(path: string, asked: EnvdRequest): Promise<void> {
  const { use, user } = asked;
  if (!(await isOwnPlace(path, asked))) {
    await asRoot(["/bin/sh", "-c", makeScript, "sh", path, user], asked);
    return;
  }
  try {
    await use.files.makeFolder({ path, user }, use.call({ timeoutMs: stepTimeoutMs }));
  } catch (error) {
    if (!isFault(error, "resource.exists")) throw error;
  }
}

/** Gives what is there to the user. */
export async function giveTo(path: string, asked: EnvdRequest): Promise<void> {
  await asRoot(["chown", `${asked.user}:`, path], asked);
}

async function asRoot(argv: readonly string[], { use, user }: EnvdRequest): Promise<void> {
  const call = () => use.call({ timeoutMs: stepTimeoutMs });
  const { id } = await use.exec.start({ argv, user: rootUser }, call());
  const { code } = await use.exec.wait({ process: id }, call());
  if (code === 0) return;
  throw raise("permission.denied", {
    op: "e2b.files",
    detail: { permission: "write" },
    message: `Cannot write as ${user.slice(0, 64)}: the place cannot be made or given away`,
  });
}

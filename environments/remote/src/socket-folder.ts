import { mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { createConnection } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { raise } from "@bedplate/errors";

/** What lies in the folder of a plug-in's sockets. */
export const socketFiles: {
  readonly plugin: string;
  readonly host: string;
  readonly token: string;
} = { plugin: "plugin.sock", host: "host.sock", token: "token" };

const prefix = "bedplate-plugin-";

/** Longest path of a Unix socket on Linux, in bytes (sockaddr_un, unix(7)). */
const socketPathBytesMax = 107;

/** A folder without a socket is left alone for so long: its host may be about to listen. */
const freshMs = 60_000;

/** Most folders that one sweep looks at. */
const sweptMax = 1_000;

/** Makes a folder for a plug-in's sockets, for this user alone. */
export function makeSocketFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), prefix));
  const path = join(folder, socketFiles.plugin);
  if (Buffer.byteLength(path) <= socketPathBytesMax) return folder;
  rmSync(folder, { recursive: true });
  throw raise("argument.invalid", {
    op: "environment.mount",
    blame: "operator",
    detail: { path: "/TMPDIR", rule: "too long for a socket", limit: socketPathBytesMax },
    message: `Cannot make a socket: ${path} is longer than ${socketPathBytesMax} bytes`,
  });
}

/**
 * Removes the folders of hosts that were killed; answers how many. A host that lives listens on its
 * socket: who is refused there, finds nobody. Folders of other users cannot be removed, and stay.
 */
export async function sweepSocketFolders(): Promise<number> {
  const names = readdirSync(tmpdir()).filter((each) => each.startsWith(prefix));
  let count = 0;
  for (const name of names.slice(0, sweptMax)) {
    const folder = join(tmpdir(), name);
    if (!(await isLeft(folder))) continue;
    try {
      rmSync(folder, { recursive: true, force: true });
      count++;
    } catch {
      // Another user's, or another sweep was first.
    }
  }
  return count;
}

async function isLeft(folder: string): Promise<boolean> {
  switch (await knock(join(folder, socketFiles.host))) {
    case "ECONNREFUSED":
      return true;
    case "ENOENT":
      return ageMs(folder) > freshMs;
    default:
      return false;
  }
}

/** The code of what came of connecting; undefined when somebody listens. */
function knock(path: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = createConnection(path, () => {
      socket.destroy();
      resolve(undefined);
    });
    socket.on("error", (error: NodeJS.ErrnoException) => resolve(error.code));
  });
}

function ageMs(folder: string): number {
  const found = statSync(folder, { throwIfNoEntry: false });
  return found === undefined ? 0 : Date.now() - found.mtimeMs;
}

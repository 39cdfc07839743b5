import { createHash } from "node:crypto";
import { createReadStream, readdirSync, readlinkSync, realpathSync, statSync } from "node:fs";
import { join, relative, sep } from "node:path";
import { type Digest, digestValue } from "@bedplate/codec";
import { raise } from "@bedplate/errors";

/** Most files of one plug-in, and most bytes of them together. */
export const pluginFilesMax = 20_000;
export const pluginBytesMax: number = 2 ** 30;

/**
 * The digest of every file of a folder, with its path below it. A link counts as what it says, and
 * may lead nowhere outside: what lies there could change unseen.
 */
export async function digestFolder(folder: string): Promise<Digest> {
  const rows: (readonly [path: string, content: string])[] = [];
  let bytes = 0;
  for (const each of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    const path = join(each.parentPath, each.name);
    const name = relative(folder, path).split(sep).join("/");
    if (each.isDirectory()) continue;
    if (each.isSymbolicLink()) {
      if (!isBelow(folder, path)) throw refused(folder, `${name} leads out of it`);
      rows.push([name, `link ${readlinkSync(path)}`]);
    } else if (each.isFile()) {
      bytes += statSync(path).size;
      if (bytes > pluginBytesMax) throw refused(folder, `it has more than ${pluginBytesMax} bytes`);
      rows.push([name, await digestFile(path)]);
    } else throw refused(folder, `${name} is no file`);
    if (rows.length > pluginFilesMax)
      throw refused(folder, `it has more than ${pluginFilesMax} files`);
  }
  return digestValue(rows.toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

/** True where a path, with its links followed, lies in a folder. */
export function isBelow(folder: string, path: string): boolean {
  try {
    return realpathSync(path).startsWith(join(realpathSync(folder), sep));
  } catch {
    return false;
  }
}

async function digestFile(path: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer);
  return hash.digest("hex");
}

function refused(folder: string, why: string): Error {
  return raise("argument.invalid", {
    op: "plugins.digest",
    blame: "operator",
    detail: { path: "/folder", rule: why },
    message: `Cannot take the plug-in in ${folder}: ${why}`,
  });
}

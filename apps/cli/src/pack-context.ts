import { createHash } from "node:crypto";
import { existsSync, lstatSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
import { join, posix } from "node:path";
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import { raise } from "@bedplate/errors";
import { tarEnd, tarHeader, tarPadding } from "@bedplate/oci";
import { missingFile } from "./read-input.ts";

const pack = promisify(gzip);

/** Most bytes of files that one build brings, before they are packed. */
const contextBytesMax: number = 1024 ** 3;

/** A folder's files as an archive that COPY steps take from, and a name that tells what is in it. */
export interface PackedContext {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/**
 * Packs what a COPY step takes from a folder, but for what its `.dockerignore` names by plain paths.
 * Owners and times are not told, so that the same files have the same name.
 */
export async function packContext(folder: string, from: string): Promise<PackedContext> {
  if (!existsSync(folder)) throw missingFile(folder);
  const isWanted = wantedBy(from);
  const blocks: Uint8Array[] = [];
  let bytes = 0;
  for (const path of walk(folder, { below: "", ignored: ignoredIn(folder) })) {
    if (!isWanted(path)) continue;
    const parts = memberOf(folder, path);
    bytes += parts.reduce((sum, each) => sum + each.length, 0);
    if (bytes > contextBytesMax) throw tooLarge(folder);
    blocks.push(...parts);
  }
  const archive = Buffer.concat([...blocks, tarEnd]);
  const name = `sha256-${createHash("sha256").update(archive).digest("hex")}`;
  return { name, bytes: new Uint8Array(await pack(archive)) };
}

function* walk(
  folder: string,
  options: { readonly below: string; readonly ignored: ReadonlySet<string> },
): Generator<string> {
  const { below, ignored } = options;
  for (const name of readdirSync(join(folder, below)).toSorted()) {
    const path = below === "" ? name : `${below}/${name}`;
    if (ignored.has(path)) continue;
    yield path;
    if (lstatSync(join(folder, path)).isDirectory()) yield* walk(folder, { below: path, ignored });
  }
}

function memberOf(folder: string, path: string): readonly Uint8Array[] {
  const at = join(folder, path);
  const found = lstatSync(at);
  const shared = { path, mode: found.mode & 0o777, uid: 0, gid: 0, modifiedAt: 0 };
  if (found.isDirectory()) return [tarHeader({ ...shared, kind: "folder", bytes: 0 })];
  if (found.isSymbolicLink())
    return [tarHeader({ ...shared, kind: "link", target: readlinkSync(at), bytes: 0 })];
  if (!found.isFile()) return [];
  const bytes = readFileSync(at);
  return [
    tarHeader({ ...shared, kind: "file", bytes: bytes.length }),
    bytes,
    tarPadding(bytes.length),
  ];
}

/** What is below the path that is named, or in the folder of a pattern, and the folders above. */
function wantedBy(from: string): (path: string) => boolean {
  const named = posix.normalize(from).replace(/^\/+|\/+$/g, "");
  const isPattern = /[*?[]/.test(named);
  const folder = isPattern ? posix.dirname(named) : named;
  if (folder === "." || folder === "") return () => true;
  return (path) =>
    path === folder || path.startsWith(`${folder}/`) || folder.startsWith(`${path}/`);
}

function ignoredIn(folder: string): ReadonlySet<string> {
  const path = join(folder, ".dockerignore");
  if (!existsSync(path)) return new Set();
  const lines = readFileSync(path, "utf8").split(/\r?\n/);
  const paths = lines.map((line) =>
    line
      .trim()
      .replace(/^\.?\//, "")
      .replace(/\/$/, ""),
  );
  return new Set(paths.filter((line) => line !== "" && !line.startsWith("#")));
}

function tooLarge(folder: string): Error {
  return raise("quota.exceeded", {
    op: "cli.read",
    retry: "never",
    detail: { meter: "contextBytes", limit: contextBytesMax, asked: contextBytesMax + 1 },
    message: `Cannot pack ${folder}: it has more than ${contextBytesMax} bytes`,
  });
}

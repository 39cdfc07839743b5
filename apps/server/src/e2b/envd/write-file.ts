import { posix } from "node:path";
import type { FileEntry } from "@bedplate/environment";
import { raise } from "@bedplate/errors";
import { metadataPrefix } from "./entry-info.ts";
import { giveTo, isOwnPlace, look, makeOwnFolder } from "./owned-paths.ts";
import { type EnvdRequest, rootUser } from "./sandbox-use.ts";

/** Longest upload. */
const writeTimeoutMs = 3600_000;

/** What to write. */
export interface FileUpload {
  /** From the root. */
  readonly path: string;
  readonly body: ReadableStream<Uint8Array>;
  readonly metadata: Readonly<Record<string, string>>;
}

/** Puts a file in its place, owned by the user whoever owns the folder, with the metadata it shall have. */
export async function writeFile(upload: FileUpload, asked: EnvdRequest): Promise<FileEntry> {
  const { path, body, metadata } = upload;
  const { use, user } = asked;
  const there = await look(path, asked);
  if (there?.kind === "folder") throw isFolder(path);
  const attributes = Object.fromEntries(
    Object.entries(metadata).map(([name, value]) => [`${metadataPrefix}${name}`, value]),
  );
  const isOwn = await isOwnPlace(path, asked);
  const above = posix.dirname(path);
  if (!isOwn && (await look(above, asked)) === undefined) await makeOwnFolder(above, asked);
  const writer = isOwn ? user : rootUser;
  const call = use.call({ timeoutMs: writeTimeoutMs });
  const entry = await use.files.write({ path, user: writer, body, attributes }, call);
  if (!isOwn) await giveTo(path, asked);
  return entry;
}

function isFolder(path: string): Error {
  return raise("argument.invalid", {
    op: "e2b.files",
    detail: { path: "/path", rule: "a file" },
    message: `Cannot write ${path}: it is a folder`,
  });
}

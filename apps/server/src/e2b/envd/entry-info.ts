import { posix } from "node:path";
import { type EntryInfoSchema, FileType, permissionsText } from "@bedplate/e2b";
import type { FileEntry } from "@bedplate/environment";
import type { MessageInitShape } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { look } from "./owned-paths.ts";
import type { EnvdRequest } from "./sandbox-use.ts";

/** Attributes of files that clients set and see begin so. */
export const metadataPrefix = "e2b.";

/** Most links that are followed, as Linux has it. */
const linksMax = 40;

/** What a client hears of something in the file system; of a link, what it leads to as well. */
export async function toEntryInfo(
  entry: FileEntry,
  asked: Pick<EnvdRequest, "use">,
): Promise<MessageInitShape<typeof EntryInfoSchema>> {
  const end = entry.kind === "link" ? await follow(entry, asked) : undefined;
  return {
    name: posix.basename(entry.path),
    type: typeOf(end === undefined ? entry : end.entry),
    path: entry.path,
    size: BigInt(entry.bytes),
    mode: (end?.entry ?? entry).mode,
    permissions: permissionsText(entry.mode, entry.kind),
    owner: entry.owner,
    group: entry.group,
    modifiedTime: timestampFromMs(entry.modifiedAt),
    metadata: metadataOf(entry),
    ...(end !== undefined && { symlinkTarget: end.path }),
  };
}

/** The attributes of a file that are a client's metadata. */
export function metadataOf({ attributes = {} }: FileEntry): Record<string, string> {
  const own = Object.entries(attributes).filter(([name]) => name.startsWith(metadataPrefix));
  return Object.fromEntries(own.map(([name, value]) => [name.slice(metadataPrefix.length), value]));
}

function typeOf(entry: FileEntry | undefined): FileType {
  if (entry?.kind === "file") return FileType.FILE;
  if (entry?.kind === "folder") return FileType.DIRECTORY;
  return FileType.UNSPECIFIED;
}

async function follow(
  link: FileEntry,
  asked: Pick<EnvdRequest, "use">,
): Promise<{ readonly path: string; readonly entry: FileEntry | undefined }> {
  let at: FileEntry | undefined = link;
  let { path } = link;
  for (let step = 0; step < linksMax && at?.kind === "link"; step++) {
    path = posix.resolve(posix.dirname(path), at.target ?? "");
    at = await look(path, asked);
  }
  return { path, entry: at };
}

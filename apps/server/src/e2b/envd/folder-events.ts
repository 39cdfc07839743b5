import { posix } from "node:path";
import { type EntryInfoSchema, EventType } from "@bedplate/e2b";
import type { FileChange, FileEntry } from "@bedplate/environment";
import type { MessageInitShape } from "@bufbuild/protobuf";
import { toEntryInfo } from "./entry-info.ts";
import { look } from "./owned-paths.ts";
import { type EnvdRequest, rootUser, streamTimeoutMs } from "./sandbox-use.ts";

/** Something that happened below a watched folder. */
export interface FolderEvent {
  /** From the watched folder. */
  readonly name: string;
  readonly type: EventType;
  readonly entry?: MessageInitShape<typeof EntryInfoSchema>;
}

/** What is watched, and how. */
export interface FolderWatch {
  readonly asked: EnvdRequest;
  readonly recursive: boolean;
  /** Whether each event tells of its entry as well. */
  readonly includeEntry: boolean;
  readonly signal: AbortSignal;
}

const types: Readonly<Record<FileChange["kind"], EventType | undefined>> = {
  ready: undefined,
  missed: undefined,
  created: EventType.CREATE,
  written: EventType.WRITE,
  deleted: EventType.REMOVE,
  moved: EventType.RENAME,
  altered: EventType.CHMOD,
};

/** Says `ready`, then every change. */
export async function* folderEvents(
  path: string,
  { asked, recursive, includeEntry, signal }: FolderWatch,
): AsyncGenerator<FolderEvent | "ready"> {
  const { use } = asked;
  const call = use.call({ timeoutMs: streamTimeoutMs, signal });
  const request = { path, user: rootUser, isRecursive: recursive };
  for await (const change of use.files.watch(request, call)) {
    if (change.kind === "ready") yield "ready";
    const type = types[change.kind];
    if (type === undefined) continue;
    const entry = isThere(change) ? await look(change.path, asked) : undefined;
    for (const each of typesOf(type, entry)) {
      const name = posix.relative(path, change.path);
      const isTold = includeEntry && entry !== undefined;
      yield { name, type: each, ...(isTold && { entry: await toEntryInfo(entry, asked) }) };
    }
  }
}

function isThere({ kind }: FileChange): boolean {
  return kind !== "deleted" && kind !== "moved";
}

/**
 * A file that is put in its place whole, as the contract writes files, shows as created; who waits
 * for its contents waits for a write.
 */
function typesOf(type: EventType, entry: FileEntry | undefined): readonly EventType[] {
  const isWhole = type === EventType.CREATE && entry?.kind === "file" && entry.bytes > 0;
  return isWhole ? [EventType.CREATE, EventType.WRITE] : [type];
}

import { posix } from "node:path";
import { type Filesystem, FileType } from "@bedplate/e2b";
import type { FileEntry } from "@bedplate/environment";
import { Code, ConnectError, type ServiceImpl } from "@connectrpc/connect";
import { toEntryInfo } from "./entry-info.ts";
import { envdRequest } from "./envd-request.ts";
import { type FolderEvent, folderEvents } from "./folder-events.ts";
import { look, makeOwnFolder } from "./owned-paths.ts";
import { homePath } from "./places.ts";
import { type EnvdRequest, rootUser, stepTimeoutMs } from "./sandbox-use.ts";
import type { Watchers } from "./watchers.ts";
import { keepaliveMs, withKeepalive } from "./with-keepalive.ts";

/** Most entries of one listing. */
const entriesMax = 10_000;

/** How many entries are asked for their attributes at once. */
const looksAtOnce = 16;

type WatchMessage = {
  readonly event:
    | { readonly case: "start"; readonly value: object }
    | { readonly case: "keepalive"; readonly value: object }
    | { readonly case: "filesystem"; readonly value: FolderEvent };
};

const started: WatchMessage = { event: { case: "start", value: {} } };
const keepalive: WatchMessage = { event: { case: "keepalive", value: {} } };

/** Files of a sandbox, over the contract's `files`. They are touched with the rights of root. */
export function filesystemService(watchers: Watchers): ServiceImpl<typeof Filesystem> {
  return {
    async stat({ path }, context) {
      const asked = envdRequest(context);
      return { entry: await toEntryInfo(await demand(await homePath(path, asked), asked), asked) };
    },

    async makeDir({ path }, context) {
      const asked = envdRequest(context);
      const at = await homePath(path, asked);
      const there = await look(at, asked);
      if (there !== undefined) throw exists(there);
      await makeOwnFolder(at, asked);
      return { entry: await toEntryInfo(await demand(at, asked), asked) };
    },

    async move({ source, destination }, context) {
      const asked = envdRequest(context);
      const from = await homePath(source, asked);
      const to = await homePath(destination, asked);
      await demand(from, asked);
      const above = posix.dirname(to);
      if ((await look(above, asked)) === undefined) await makeOwnFolder(above, asked);
      await asked.use.files.move({ path: from, to, user: rootUser }, step(asked));
      return { entry: await toEntryInfo(await demand(to, asked), asked) };
    },

    async listDir({ path, depth }, context) {
      const asked = envdRequest(context);
      const at = await homePath(path, asked);
      const entries = await listed(at, { depth: depth || 1, asked });
      return { entries: await Promise.all(entries.map((each) => toEntryInfo(each, asked))) };
    },

    async remove({ path }, context) {
      const asked = envdRequest(context);
      const at = await homePath(path, asked);
      await asked.use.files.delete({ path: at, user: rootUser }, step(asked));
      return {};
    },

    async *watchDir({ path, recursive, includeEntry }, context) {
      const asked = envdRequest(context);
      const at = await folderAt(path, asked);
      const { signal } = context;
      const changes = folderEvents(at, { asked, recursive, includeEntry, signal });
      const messages = withStart(changes);
      const everyMs = keepaliveMs(context.requestHeader);
      yield* withKeepalive<WatchMessage>(messages, { everyMs, sign: keepalive });
    },

    async createWatcher({ path, recursive, includeEntry }, context) {
      const asked = envdRequest(context);
      const at = await folderAt(path, asked);
      return { watcherId: await watchers.open(at, { asked, recursive, includeEntry }) };
    },

    async getWatcherEvents({ watcherId }, context) {
      const { use } = envdRequest(context);
      return { events: [...watchers.take(watcherId, use.sandboxId)] };
    },

    async removeWatcher({ watcherId }, context) {
      const { use } = envdRequest(context);
      watchers.close(watcherId, use.sandboxId);
      return {};
    },
  };
}

async function* withStart(
  changes: AsyncIterable<FolderEvent | "ready">,
): AsyncGenerator<WatchMessage> {
  for await (const change of changes) {
    if (change === "ready") yield started;
    else yield { event: { case: "filesystem", value: change } };
  }
}

/** What is there, or `not_found`. */
async function demand(path: string, asked: EnvdRequest): Promise<FileEntry> {
  const found = await look(path, asked);
  if (found !== undefined) return found;
  throw new ConnectError(`Cannot find ${path}: there is nothing`, Code.NotFound);
}

async function folderAt(path: string, asked: EnvdRequest): Promise<string> {
  const at = await homePath(path, asked);
  const info = await toEntryInfo(await demand(at, asked), asked);
  if (info.type !== FileType.DIRECTORY) throw noFolder(at);
  return info.symlinkTarget ?? at;
}

async function listed(
  path: string,
  { depth, asked }: { readonly depth: number; readonly asked: EnvdRequest },
): Promise<readonly FileEntry[]> {
  const at = await folderAt(path, asked);
  const found: FileEntry[] = [];
  for await (const entry of asked.use.files.list(
    { path: at, depth, user: rootUser },
    step(asked),
  )) {
    found.push(entry);
    if (found.length >= entriesMax) break;
  }
  // A listing tells no attributes.
  for (let from = 0; from < found.length; from += looksAtOnce) {
    const some = found.slice(from, from + looksAtOnce);
    const full = await Promise.all(some.map((each) => withAttributes(each, asked)));
    found.splice(from, full.length, ...full);
  }
  return found;
}

async function withAttributes(entry: FileEntry, asked: EnvdRequest): Promise<FileEntry> {
  return entry.kind === "file" ? ((await look(entry.path, asked)) ?? entry) : entry;
}

function step({ use }: EnvdRequest): ReturnType<typeof use.call> {
  return use.call({ timeoutMs: stepTimeoutMs });
}

function exists({ kind, path }: FileEntry): ConnectError {
  if (kind === "file") return noFolder(path);
  return new ConnectError(`Cannot make ${path}: it is there already`, Code.AlreadyExists);
}

function noFolder(path: string): ConnectError {
  return new ConnectError(`Cannot use ${path} as a folder: it is none`, Code.InvalidArgument);
}

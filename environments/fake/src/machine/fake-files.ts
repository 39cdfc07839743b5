import type { Call, FileChange, FileEntry, FilesDriver, WatchRequest } from "@bedplate/environment";
import { raise } from "@bedplate/errors";
import type { MachineOperation } from "../fake-options.ts";
import type { FakeMachine } from "./fake-machine.ts";
import { type FileTree, invalidPath } from "./file-tree.ts";

/** Most changes that wait for one watcher; more are told as `missed`. */
const changesMax = 1024;

/** `files` of a fake machine. */
export function fakeFiles(machine: FakeMachine): FilesDriver {
  const { tree } = machine;
  const begin = (verb: Verb, call: Call) => machine.operations.begin(`files.${verb}`, call.signal);
  const place = ({ path, user }: FileAsk, followsLast = true) =>
    tree.resolve(machine.absolute(path, user), { followsLast });
  return {
    async stat(request, call) {
      await begin("stat", call);
      return tree.entry(place(request, false));
    },
    async *list(request, call) {
      await begin("list", call);
      const path = place(request);
      if (tree.get(path).kind !== "folder") throw invalidPath("is no folder");
      yield* below(tree, path, request.depth);
    },
    async read(request, call) {
      await begin("read", call);
      const path = place(request);
      const node = tree.get(path);
      if (node.kind !== "file") throw invalidPath("is no file");
      const user = machine.user(request.user);
      if (user !== "root" && node.owner !== user && (node.mode & 0o004) === 0) throw denied("read");
      const { offset = 0, length = node.data.length } = request;
      return streamOf(node.data.subarray(offset, offset + length));
    },
    async write(request, call) {
      await begin("write", call);
      const data = await collect(request.body, call.signal);
      const path = place(request);
      const before = tree.find(path);
      if (before?.kind === "folder") throw invalidPath("is a folder");
      const owner = machine.user(request.user);
      demandWritable(tree, path, owner);
      const { mode = before?.mode ?? 0o644, attributes = {} } = request;
      tree.put(path, { kind: "file", data, owner, mode, attributes });
      return tree.entry(path);
    },
    async makeFolder(request, call) {
      await begin("makeFolder", call);
      const path = place(request);
      if (tree.find(path) !== undefined) throw exists(path);
      const owner = machine.user(request.user);
      demandWritable(tree, path, owner);
      tree.put(path, { kind: "folder", owner, mode: request.mode ?? 0o755 });
      return tree.entry(path);
    },
    async move(request, call) {
      await begin("move", call);
      const from = place(request, false);
      const to = place({ path: request.to, user: request.user }, false);
      const owner = machine.user(request.user);
      tree.get(from);
      if (tree.find(to)?.kind === "folder" || `${to}/`.startsWith(`${from}/`)) {
        throw invalidPath("cannot be where it goes");
      }
      demandWritable(tree, from, owner);
      demandWritable(tree, to, owner);
      tree.move(from, to);
      return tree.entry(to);
    },
    async delete(request, call) {
      await begin("delete", call);
      const path = place(request, false);
      if (path === "/") throw invalidPath("is the root");
      if (tree.find(path) === undefined) return;
      demandWritable(tree, path, machine.user(request.user));
      tree.delete(path);
    },
    async *watch(request, call) {
      await begin("watch", call);
      yield* changes(machine, place(request), { request, signal: call.signal });
    },
  };
}

type Verb = Extract<MachineOperation, `files.${string}`> extends `files.${infer V}` ? V : never;

interface FileAsk {
  readonly path: string;
  readonly user?: string | undefined;
}

function* below(tree: FileTree, path: string, depth: number): Generator<FileEntry> {
  for (const child of tree.children(path)) {
    yield tree.entry(child);
    if (depth > 1) yield* below(tree, child, depth - 1);
  }
}

/** Who may change a folder: its owner, everybody where its mode says so, and root. */
function demandWritable(tree: FileTree, path: string, user: string): void {
  if (tree.mountOf(path)?.isReadOnly === true) throw denied("change");
  let parent = path;
  do parent = parent.slice(0, parent.lastIndexOf("/")) || "/";
  while (tree.find(parent) === undefined);
  const { owner, mode } = tree.get(parent);
  if (user === "root" || owner === user || (mode & 0o002) !== 0) return;
  throw denied("change");
}

function denied(verb: string): Error {
  return raise("permission.denied", {
    op: "instance.files",
    detail: { permission: `files:${verb}` },
    message: `Cannot ${verb} the file: it belongs to somebody else`,
  });
}

function exists(id: string): Error {
  return raise("resource.exists", {
    op: "instance.files.makeFolder",
    detail: { type: "folder", id },
    message: "Cannot make the folder: it is there already",
  });
}

async function collect(body: ReadableStream<Uint8Array>, signal: AbortSignal): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  for await (const part of body) {
    signal.throwIfAborted();
    parts.push(part);
  }
  return new Uint8Array(Buffer.concat(parts));
}

/** Bytes of one stream item. */
const itemBytes: number = 64 * 1024;

function streamOf(data: Uint8Array): ReadableStream<Uint8Array> {
  let at = 0;
  return new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        if (at >= data.length) return controller.close();
        controller.enqueue(data.slice(at, at + itemBytes));
        at += itemBytes;
      },
    },
    { highWaterMark: 0 },
  );
}

async function* changes(
  machine: FakeMachine,
  path: string,
  options: { readonly request: WatchRequest; readonly signal: AbortSignal },
): AsyncGenerator<FileChange> {
  const { request, signal } = options;
  const { tree } = machine;
  if (tree.get(path).kind !== "folder") throw invalidPath("is no folder");
  const prefix = path === "/" ? "/" : `${path}/`;
  const waiting: FileChange[] = [{ kind: "ready", path: "" }];
  let wake = Promise.withResolvers<void>();
  const stop = tree.watch((change) => {
    const rest = change.path.startsWith(prefix) ? change.path.slice(prefix.length) : "";
    if (rest === "" || (rest.includes("/") && request.isRecursive !== true)) return;
    if (waiting.length < changesMax) waiting.push(change);
    else if (waiting.at(-1)?.kind !== "missed") waiting.push({ kind: "missed", path: "" });
    wake.resolve();
  });
  const end = () => wake.resolve();
  signal.addEventListener("abort", end, { once: true });
  try {
    while (!signal.aborted && machine.isAlive) {
      const change = waiting.shift();
      if (change !== undefined) yield change;
      else {
        await Promise.race([wake.promise, machine.ended]);
        wake = Promise.withResolvers();
      }
    }
  } finally {
    stop();
    signal.removeEventListener("abort", end);
  }
}

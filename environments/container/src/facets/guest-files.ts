import { posix } from "node:path";
import type {
  Call,
  FileAttributes,
  FileChange,
  FileEntry,
  FileRequest,
  FilesDriver,
  FolderRequest,
  KeyedCall,
  ListRequest,
  MoveRequest,
  ReadRequest,
  WatchRequest,
  WriteRequest,
} from "@bedplate/environment";
import { type FaultError, isFault, raise } from "@bedplate/errors";
import type { Files, GuestEntry, WatchEventType } from "@bedplate/guest-client";
import { type GuestLink, guestCall } from "../guest/guest-link.ts";
import { fileBytesMax } from "../manifest.ts";
import type { Homes } from "./homes.ts";

/** Extended attributes that users may set begin so. */
const attributePrefix = "user.";

/** Most entries of one listing; a folder with more is told up to here. */
const entriesMax = 100_000;

const kinds = { file: "file", folder: "folder", symlink: "link", other: "other" } as const;

const changes: Readonly<Record<WatchEventType, FileChange["kind"]>> = {
  create: "created",
  write: "written",
  remove: "deleted",
  rename: "moved",
  chmod: "altered",
  overflow: "missed",
};

/** Files of a machine, through its agent: no path is looked up on the host. */
export class GuestFiles implements FilesDriver {
  readonly #link: GuestLink;
  readonly #homes: Homes;

  constructor(link: GuestLink, homes: Homes) {
    this.#link = link;
    this.#homes = homes;
  }

  stat(request: FileRequest, call: Call): Promise<FileEntry> {
    return this.#with(request, call, (files, path, options) => entryAt(files, path, options));
  }

  async *list(request: ListRequest, call: Call): AsyncGenerator<FileEntry> {
    const [files, path, options] = await this.#ready(request, call);
    try {
      const found = await Array.fromAsync(
        await files.list(path, { ...options, depth: request.depth, entriesMax }),
      );
      for (const each of found.toSorted(byPath)) yield told(posix.join(path, each.path), each);
    } catch (error) {
      throw atPath(error);
    }
  }

  read(request: ReadRequest, call: Call): Promise<ReadableStream<Uint8Array>> {
    const { offset, length } = request;
    return this.#with(request, call, async (files, path, options) => {
      const { body } = await files.read(path, { ...options, offset, length });
      return body;
    });
  }

  write(request: WriteRequest, call: KeyedCall): Promise<FileEntry> {
    return this.#with(request, call, async (files, path, options) => {
      const { mode, attributes, body } = request;
      await files.write(path, body, {
        ...options,
        mode,
        makesParents: true,
        bytesMax: fileBytesMax,
      });
      for (const [name, value] of Object.entries(attributes ?? {})) {
        const attribute = {
          name: `${attributePrefix}${name}`,
          value: new TextEncoder().encode(value),
        };
        await files.setAttribute(path, attribute, options);
      }
      return entryAt(files, path, options);
    });
  }

  makeFolder(request: FolderRequest, call: KeyedCall): Promise<FileEntry> {
    return this.#with(request, call, async (files, path, options) => {
      const above = posix.dirname(path);
      await files
        .makeFolder(above, { ...options, makesParents: true })
        .catch(ignore("resource.exists"));
      await files.makeFolder(path, { ...options, mode: request.mode ?? 0o755 });
      return entryAt(files, path, options);
    });
  }

  move(request: MoveRequest, call: KeyedCall): Promise<FileEntry> {
    return this.#with(request, call, async (files, path, options) => {
      const to = await this.#homes.resolve({ ...request, path: request.to }, files);
      await files.rename(path, to, { ...options, makesParents: true });
      return entryAt(files, to, options);
    });
  }

  delete(request: FileRequest, call: KeyedCall): Promise<void> {
    return this.#with(request, call, async (files, path, options) => {
      await files.remove(path, { ...options, isRecursive: true }).catch(ignore("resource.missing"));
    });
  }

  async *watch(request: WatchRequest, call: Call): AsyncGenerator<FileChange> {
    const [files, path, options] = await this.#ready(request, call);
    try {
      const isRecursive = request.isRecursive === true;
      const found = await files.watch(path, { ...options, isRecursive });
      yield { kind: "ready", path: "" };
      for await (const { type, path: at } of found) {
        yield { kind: changes[type], path: type === "overflow" ? "" : posix.join(path, at) };
      }
    } catch (error) {
      throw atPath(error);
    }
  }

  async #with<T>(
    request: FileRequest,
    call: Call,
    work: (files: Files, path: string, options: FileOptions) => Promise<T>,
  ): Promise<T> {
    const [files, path, options] = await this.#ready(request, call);
    try {
      return await work(files, path, options);
    } catch (error) {
      throw atPath(error);
    }
  }

  async #ready(request: FileRequest, call: Call): Promise<[Files, string, FileOptions]> {
    const { files } = await this.#link.get();
    const path = await this.#homes.resolve(request, files);
    return [files, path, { ...guestCall(call), user: request.user ?? this.#homes.user }];
  }
}

function ignore(code: "resource.exists" | "resource.missing"): (error: unknown) => void {
  return (error) => {
    if (!isFault(error, code)) throw error;
  };
}

interface FileOptions {
  readonly signal: AbortSignal;
  readonly deadlineMs: number;
  readonly user: string | undefined;
}

async function entryAt(files: Files, path: string, options: FileOptions): Promise<FileEntry> {
  const entry = await files.stat(path, { ...options, follows: false });
  if (entry.type !== "file" && entry.type !== "folder") return told(path, entry);
  const all = await files.attributes(path, options).catch(() => new Map<string, Uint8Array>());
  const own = [...all].filter(([name]) => name.startsWith(attributePrefix));
  const attributes: FileAttributes = Object.fromEntries(
    own.map(([name, value]) => [
      name.slice(attributePrefix.length),
      new TextDecoder().decode(value),
    ]),
  );
  return { ...told(path, entry), ...(own.length > 0 && { attributes }) };
}

function told(path: string, entry: GuestEntry): FileEntry {
  const { type, bytes, mode, owner, group, modifiedAt, target } = entry;
  return {
    path,
    kind: kinds[type],
    bytes,
    mode,
    owner,
    group,
    modifiedAt: Math.round(modifiedAt),
    ...(target !== undefined && { target }),
  };
}

/** Parents first, siblings in the order of their names' bytes. */
function byPath(one: { readonly path: string }, other: { readonly path: string }): number {
  const [a, b] = [one.path.split("/"), other.path.split("/")];
  for (let at = 0; at < Math.min(a.length, b.length); at += 1) {
    const order = Buffer.compare(Buffer.from(a[at] ?? ""), Buffer.from(b[at] ?? ""));
    if (order !== 0) return order;
  }
  return a.length - b.length;
}

/** The agent names the file; the contract names the member of the request. */
function atPath(error: unknown): unknown {
  if (isFault(error, "quota.exceeded")) return asDiskQuota(error);
  if (!isFault(error, "argument.invalid")) return error;
  const { detail, message } = (error as FaultError<"argument.invalid">).fault;
  return raise("argument.invalid", {
    op: "instance.files",
    detail: { ...detail, path: "/path" },
    message,
    cause: error,
  });
}

/** The agent says what is full; the contract, which cap that is. */
function asDiskQuota(error: FaultError<"quota.exceeded">): unknown {
  const { detail, message } = error.fault;
  if (detail.meter !== "disk") return error;
  return raise("quota.exceeded", {
    op: "instance.files",
    detail: { ...detail, meter: "diskBytes" },
    message,
    effect: "none",
    cause: error,
  });
}

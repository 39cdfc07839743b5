import type {
  CapName,
  FileAttributes,
  FileChange,
  FileEntry,
  VolumeMount,
} from "@bedplate/environment";
import { raise } from "@bedplate/errors";

/** Something in the tree. */
export interface FileNode {
  readonly kind: "file" | "folder" | "link";
  readonly data: Uint8Array;
  /** Of a link; empty for everything else. */
  readonly target: string;
  readonly mode: number;
  readonly owner: string;
  readonly modifiedAt: number;
  readonly attributes: FileAttributes;
}

/** What a new node may say of itself. */
export type NewNode = Partial<FileNode> & { readonly owner: string };

/** Bytes in files, and how many nodes there are. */
export interface TreeSize {
  readonly diskBytes: number;
  readonly inodes: number;
}

export interface FileTreeOptions {
  readonly now: () => number;
  readonly capOf: (name: CapName) => number | undefined;
}

/** Most links on the way to one file, as Linux has it. */
const linksMax = 40;

const nothing = new Uint8Array();

/** A file system in memory: absolute paths, links that never leave the root, owners and modes. */
export class FileTree {
  readonly #nodes = new Map<string, FileNode>();
  readonly #options: FileTreeOptions;
  readonly #watchers = new Set<(change: FileChange) => void>();
  /** What was there at first does not count. */
  #base = { diskBytes: 0, inodes: 0 };
  readonly #mounts: VolumeMount[] = [];

  constructor(options: FileTreeOptions) {
    this.#options = options;
    this.#nodes.set("/", this.#node({ kind: "folder", owner: "root", mode: 0o755 }));
  }

  /** Bytes and nodes that were added since `settle`. */
  get added(): TreeSize {
    const { diskBytes, inodes } = this.#size();
    return { diskBytes: diskBytes - this.#base.diskBytes, inodes: inodes - this.#base.inodes };
  }

  /** Everything so far is what the machine starts with. */
  settle(base: TreeSize = this.#size()): void {
    this.#base = base;
  }

  get base(): TreeSize {
    return this.#base;
  }

  /** Shows a volume at its path, with what is in it. */
  mount(volume: VolumeMount, nodes: readonly (readonly [string, FileNode])[]): void {
    const { path } = volume;
    this.put(path, { kind: "folder", owner: "user", mode: 0o777 });
    this.#mounts.push(volume);
    for (const [name, node] of nodes) this.#nodes.set(`${path}/${name}`, node);
  }

  /** The volume that a path is in, its root included. */
  mountOf(path: string): VolumeMount | undefined {
    return this.#mounts.find((each) => path === each.path || path.startsWith(`${each.path}/`));
  }

  /** What is below a folder, by paths from there. */
  below(path: string): readonly (readonly [string, FileNode])[] {
    const prefix = `${path}/`;
    const found = [...this.#nodes].filter(([each]) => each.startsWith(prefix));
    return found.map(([each, node]) => [each.slice(prefix.length), node]);
  }

  /** All nodes in the order of their paths' bytes; volumes are not part of it. */
  entries(): readonly (readonly [string, FileNode])[] {
    return this.#own().sort(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  }

  restore(entries: Iterable<readonly [string, FileNode]>): void {
    this.#nodes.clear();
    for (const [path, node] of entries) this.#nodes.set(path, node);
  }

  /** Where a path leads, links followed; the last part may be missing, or a link if it is not followed. */
  resolve(path: string, options: { readonly followsLast?: boolean } = {}): string {
    const { followsLast = true } = options;
    let parts = path.split("/").filter((each) => each !== "" && each !== ".");
    let at = "";
    for (let links = 0; parts.length > 0; ) {
      const [part = "", ...rest] = parts;
      parts = rest;
      if (part === "..") {
        at = at.slice(0, Math.max(0, at.lastIndexOf("/")));
        continue;
      }
      const next = `${at}/${part}`;
      const node = this.#nodes.get(next);
      const isFollowed = node?.kind === "link" && (rest.length > 0 || followsLast);
      if (!isFollowed) {
        at = next;
        continue;
      }
      if (++links > linksMax) throw invalidPath("has too many links");
      parts = [...node.target.split("/").filter((each) => each !== "" && each !== "."), ...rest];
      if (node.target.startsWith("/")) at = "";
    }
    return at === "" ? "/" : at;
  }

  find(path: string): FileNode | undefined {
    return this.#nodes.get(path);
  }

  get(path: string): FileNode {
    const found = this.#nodes.get(path);
    if (found !== undefined) return found;
    throw raise("resource.missing", {
      op: "instance.files",
      detail: { type: "file", id: path },
      message: "Cannot find the file: there is none",
    });
  }

  entry(path: string): FileEntry {
    const { kind, data, mode, owner, modifiedAt, target, attributes } = this.get(path);
    const bytes = kind === "file" ? data.length : 0;
    return {
      path,
      kind,
      bytes,
      mode,
      owner,
      group: owner,
      modifiedAt,
      ...(kind === "link" && { target }),
      ...(Object.keys(attributes).length > 0 && { attributes }),
    };
  }

  /** The paths directly in a folder. */
  children(path: string): readonly string[] {
    const prefix = path === "/" ? "/" : `${path}/`;
    const found = [...this.#nodes.keys()].filter(
      (each) => each !== "/" && each.startsWith(prefix) && !each.slice(prefix.length).includes("/"),
    );
    return found.sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  }

  /** Puts a node, with the folders above it; all or nothing, within the caps. */
  put(path: string, node: NewNode): void {
    if (this.mountOf(path)?.isReadOnly === true) throw readOnly();
    const missing = this.#missingAbove(path);
    const before = this.#nodes.get(path);
    const isNew = before === undefined;
    const bytes = (node.data?.length ?? 0) - (before?.data.length ?? 0);
    this.#demandRoom(path, { bytes, nodes: missing.length + (isNew ? 1 : 0) });
    for (const each of missing) {
      this.#nodes.set(each, this.#node({ kind: "folder", owner: node.owner, mode: 0o755 }));
      this.#tell("created", each);
    }
    this.#nodes.set(path, this.#node(node));
    if (isNew) this.#tell("created", path);
    if (node.kind !== "folder") this.#tell("written", path);
  }

  move(from: string, to: string): void {
    const owner = this.get(from).owner;
    for (const each of this.#missingAbove(to)) {
      this.#nodes.set(each, this.#node({ kind: "folder", owner, mode: 0o755 }));
      this.#tell("created", each);
    }
    const moved = [...this.#nodes].filter(([path]) => path === from || path.startsWith(`${from}/`));
    for (const [path] of moved) this.#nodes.delete(path);
    for (const [path, node] of moved) this.#nodes.set(to + path.slice(from.length), node);
    this.#tell("moved", from);
    this.#tell("created", to);
  }

  delete(path: string): void {
    const gone = [...this.#nodes.keys()].filter(
      (each) => each === path || each.startsWith(`${path}/`),
    );
    for (const each of gone.toReversed()) {
      this.#nodes.delete(each);
      this.#tell("deleted", each);
    }
  }

  /** Hears every change from now on; answers how to stop. */
  watch(listener: (change: FileChange) => void): () => void {
    this.#watchers.add(listener);
    return () => void this.#watchers.delete(listener);
  }

  #missingAbove(path: string): readonly string[] {
    const parts = path.split("/").slice(1, -1);
    const above = parts.map((_, at) => `/${parts.slice(0, at + 1).join("/")}`);
    for (const each of above) {
      const kind = this.#nodes.get(each)?.kind ?? "folder";
      if (kind !== "folder") throw invalidPath("leads through what is no folder");
    }
    return above.filter((each) => !this.#nodes.has(each));
  }

  #demandRoom(path: string, more: { readonly bytes: number; readonly nodes: number }): void {
    const mount = this.mountOf(path);
    if (mount !== undefined) {
      this.#demandVolumeRoom(mount, more.bytes);
      return;
    }
    const { diskBytes, inodes } = this.added;
    const wanted = { diskBytes: diskBytes + more.bytes, inodes: inodes + more.nodes };
    for (const meter of ["diskBytes", "inodes"] as const) {
      const limit = this.#options.capOf(meter) ?? Number.POSITIVE_INFINITY;
      const isMore = (meter === "diskBytes" ? more.bytes : more.nodes) > 0;
      if (isMore && wanted[meter] > limit) throw full(meter, limit, wanted[meter]);
    }
  }

  /** What is not in a volume. */
  #own(): (readonly [string, FileNode])[] {
    return [...this.#nodes].filter(([path]) => this.mountOf(path) === undefined);
  }

  #demandVolumeRoom({ path, bytes }: VolumeMount, more: number): void {
    const wanted = this.below(path).reduce((sum, [, { data }]) => sum + data.length, more);
    if (more > 0 && wanted > bytes) throw full("diskBytes", bytes, wanted);
  }

  #node({ owner, ...rest }: NewNode): FileNode {
    const modifiedAt = Math.round(this.#options.now());
    const empty = { kind: "file", data: nothing, target: "", mode: 0o644, attributes: {} } as const;
    return { ...empty, modifiedAt, owner, ...rest };
  }

  #size() {
    const own = this.#own();
    const diskBytes = own.reduce((sum, [, { data }]) => sum + data.length, 0);
    return { diskBytes, inodes: own.length };
  }

  #tell(kind: FileChange["kind"], path: string): void {
    for (const watcher of [...this.#watchers]) watcher({ kind, path });
  }
}

function readOnly(): Error {
  return raise("permission.denied", {
    op: "instance.files",
    detail: { permission: "files:change" },
    message: "Cannot change the file: it is in a volume that is only read",
  });
}

/** What cannot be done with the path of a request. */
export function invalidPath(rule: string): Error {
  return raise("argument.invalid", {
    op: "instance.files",
    detail: { path: "/path", rule },
    message: `Cannot use the file: /path ${rule}`,
  });
}

function full(meter: string, limit: number, asked: number): Error {
  return raise("quota.exceeded", {
    op: "instance.files",
    detail: { meter, limit, asked },
    message: `Cannot write the file: ${meter} would be more than ${limit}`,
  });
}

import { isWritable, openFlag } from "./descriptor-table.ts";
import { CallError } from "./error-number.ts";
import { type FolderNode, permissionBits, type TreeNode } from "./file-node.ts";
import type { Located } from "./file-tree.ts";
import { systemCalls } from "./guarded-call.ts";
import type { GuestState, ImportSet } from "./guest-state.ts";
import { writeStat, writeStatFs } from "./stat-layout.ts";

/** `AT_` constants of the guest's `fcntl.h`. */
const at = { cwd: -100, noFollow: 0x100, removeFolder: 0x200, emptyPath: 0x1000 } as const;

/** The system calls that take a path. */
export function pathCalls(guest: GuestState): ImportSet {
  const { memory, tree, table } = guest;
  const folderOf = (descriptor: number): FolderNode => {
    if (descriptor === at.cwd) return table.cwd;
    const { node } = table.get(descriptor);
    if (node.kind !== "folder") throw new CallError("ENOTDIR");
    return node;
  };
  const locate = (folder: number, path: number, options: { readonly follow?: boolean } = {}) =>
    tree.locate(memory.text(path), folderOf(folder), options);
  const find = (folder: number, path: number, flags = 0): TreeNode => {
    const text = memory.text(path);
    if (text === "" && (flags & at.emptyPath) !== 0) return table.get(folder).node;
    return tree.find(text, folderOf(folder), { follow: (flags & at.noFollow) === 0 });
  };
  return systemCalls({
    ...nodeCalls(guest, { locate, find }),
    __syscall_openat: (folder: number, path: number, flags: number, varargs: number) => {
      const mode = (varargs === 0 ? 0 : memory.u32(varargs)) & ~guest.umask;
      const found = locate(folder, path, { follow: (flags & openFlag.noFollow) === 0 });
      const node = openNode(guest, found, { flags, mode });
      return table.open(node, { path: memory.text(path), flags });
    },
    __syscall_chdir: (path: number) => {
      const node = find(at.cwd, path);
      if (node.kind !== "folder") throw new CallError("ENOTDIR");
      table.cwd = node;
    },
    __syscall_stat64: (path: number, out: number) => writeStat(memory, out, find(at.cwd, path)),
    __syscall_lstat64: (path: number, out: number) =>
      writeStat(memory, out, find(at.cwd, path, at.noFollow)),
    __syscall_newfstatat: (folder: number, path: number, out: number, flags: number) =>
      writeStat(memory, out, find(folder, path, flags)),
    __syscall_statfs64: (path: number, _size: number, out: number) => {
      find(at.cwd, path);
      writeStatFs(memory, out, tree.quota.room() - tree.quota.bytes);
    },
    __syscall_faccessat: (folder: number, path: number) => {
      find(folder, path);
    },
    __syscall_truncate64: (path: number, length: bigint) => {
      const node = find(at.cwd, path);
      if (node.kind !== "file") throw new CallError("EINVAL");
      if (length < 0n) throw new CallError("EINVAL");
      tree.truncate(node, Number(length));
    },
  });
}

/** How the calls below find what a descriptor and a path name. */
interface Look {
  locate(folder: number, path: number, options?: { readonly follow?: boolean }): Located;
  find(folder: number, path: number, flags?: number): TreeNode;
}

/** Calls that make, move, change and remove nodes. */
function nodeCalls(guest: GuestState, { locate, find }: Look): ImportSet {
  const { memory, tree } = guest;
  const change = (node: TreeNode, mode: number) => {
    node.mode = (node.mode & ~permissionBits) | (mode & permissionBits);
  };
  return {
    __syscall_mkdirat: (folder: number, path: number, mode: number) => {
      tree.makeFolder(absent(locate(folder, path)), mode & ~guest.umask);
    },
    __syscall_mknodat: (folder: number, path: number, mode: number) => {
      tree.makeFile(absent(locate(folder, path)), mode & ~guest.umask);
    },
    __syscall_symlinkat: (target: number, folder: number, path: number) =>
      tree.makeLink(absent(locate(folder, path, { follow: false })), memory.text(target)),
    __syscall_readlinkat: (folder: number, path: number, out: number, size: number) => {
      const node = find(folder, path, at.noFollow);
      if (node.kind !== "link") throw new CallError("EINVAL");
      const bytes = new TextEncoder().encode(node.target).subarray(0, size);
      memory.slice(out, bytes.length).set(bytes);
      return bytes.length;
    },
    __syscall_unlinkat: (folder: number, path: number, flags: number) => {
      const found = locate(folder, path, { follow: false });
      if ((flags & at.removeFolder) !== 0) removeFolder(guest, found);
      else removeFile(guest, found);
    },
    __syscall_rmdir: (path: number) => removeFolder(guest, locate(at.cwd, path)),
    __syscall_renameat: (from: number, path: number, to: number, target: number) =>
      tree.rename(locate(from, path, { follow: false }), locate(to, target, { follow: false })),
    __syscall_chmod: (path: number, mode: number) => change(find(at.cwd, path), mode),
    __syscall_fchmodat2: (folder: number, path: number, mode: number, flags: number) =>
      change(find(folder, path, flags), mode),
    __syscall_fchownat: (folder: number, path: number) => {
      find(folder, path);
    },
    __syscall_utimensat: (folder: number, path: number, times: number, flags: number) =>
      setTimes(guest, path === 0 ? guest.table.get(folder).node : find(folder, path, flags), times),
  };
}

function absent(found: Located): Located {
  if (found.node !== undefined) throw new CallError("EEXIST");
  return found;
}

function openNode(
  guest: GuestState,
  found: Located,
  how: { readonly flags: number; readonly mode: number },
): TreeNode {
  const { flags, mode } = how;
  const { node } = found;
  if (node === undefined) {
    if ((flags & openFlag.create) === 0) throw new CallError("ENOENT");
    return guest.tree.makeFile(found, mode);
  }
  const isExclusive = openFlag.create | openFlag.exclusive;
  if ((flags & isExclusive) === isExclusive) throw new CallError("EEXIST");
  if (node.kind === "link") throw new CallError("ELOOP");
  if (node.kind === "folder" && isWritable(flags)) throw new CallError("EISDIR");
  if (node.kind !== "folder" && (flags & openFlag.directory) !== 0) throw new CallError("ENOTDIR");
  if (node.kind === "file" && (flags & openFlag.truncate) !== 0) guest.tree.truncate(node, 0);
  return node;
}

function removeFolder({ tree }: GuestState, found: Located): void {
  if (found.node === undefined) throw new CallError("ENOENT");
  if (found.node.kind !== "folder") throw new CallError("ENOTDIR");
  if (found.name === ".") throw new CallError("EINVAL");
  if (found.node.entries.size > 0) throw new CallError("ENOTEMPTY");
  tree.remove(found);
}

function removeFile({ tree }: GuestState, found: Located): void {
  if (found.node === undefined) throw new CallError("ENOENT");
  if (found.node.kind === "folder") throw new CallError("EISDIR");
  tree.remove(found);
}

// `UTIME_NOW` and `UTIME_OMIT` of the guest's `sys/stat.h`.
const utimeNow = 0x3fffffff;
const utimeOmit = 0x3ffffffe;

function setTimes(guest: GuestState, node: TreeNode, times: number): void {
  const now = guest.outside.wallClockMs();
  node.accessedAt = times === 0 ? now : readTime(guest, times, { now, old: node.accessedAt });
  node.modifiedAt = times === 0 ? now : readTime(guest, times + 16, { now, old: node.modifiedAt });
  node.changedAt = now;
}

function readTime(
  { memory }: GuestState,
  at: number,
  known: { readonly now: number; readonly old: number },
): number {
  const nanoseconds = memory.u32(at + 8);
  if (nanoseconds === utimeNow) return known.now;
  if (nanoseconds === utimeOmit) return known.old;
  return Number(memory.view.getBigInt64(at >>> 0, true)) * 1000 + nanoseconds / 1e6;
}

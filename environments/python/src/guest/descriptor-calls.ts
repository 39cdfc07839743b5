import { isReadable, isWritable, type OpenFile, openFlag } from "./descriptor-table.ts";
import { CallError } from "./error-number.ts";
import { permissionBits } from "./file-node.ts";
import { systemCalls, wasiCalls } from "./guarded-call.ts";
import type { GuestState, ImportSet } from "./guest-state.ts";
import { readFrom, writeTo } from "./open-file-bytes.ts";
import { direntBytes, writeDirent, writeStat, writeStatFs } from "./stat-layout.ts";

/** The calls that read and write open files, in the WASI convention. */
export function streamCalls(guest: GuestState): ImportSet {
  const { memory, table } = guest;
  const transfer = (vectors: number, count: number, move: (buffer: Uint8Array) => number) => {
    let total = 0;
    for (let i = 0; i < count; i++) {
      const entry = (vectors >>> 0) + i * 8;
      const buffer = memory.slice(memory.u32(entry), memory.u32(entry + 4));
      const moved = move(buffer);
      total += moved;
      if (moved < buffer.length) break;
    }
    return total;
  };
  return wasiCalls({
    fd_read: (descriptor: number, vectors: number, count: number, out: number) => {
      const file = readable(table.get(descriptor));
      memory.setU32(
        out,
        transfer(vectors, count, (buffer) => readFrom(guest, file, { buffer })),
      );
    },
    fd_write: (descriptor: number, vectors: number, count: number, out: number) => {
      const file = writable(table.get(descriptor));
      memory.setU32(
        out,
        transfer(vectors, count, (buffer) => writeTo(guest, file, { buffer })),
      );
    },
    fd_pread: (fd: number, vectors: number, count: number, offset: bigint, out: number) => {
      const file = readable(table.get(fd));
      let position = Number(offset);
      const moved = transfer(vectors, count, (buffer) => {
        const read = readFrom(guest, file, { buffer, position });
        position += read;
        return read;
      });
      memory.setU32(out, moved);
    },
    fd_pwrite: (fd: number, vectors: number, count: number, offset: bigint, out: number) => {
      const file = writable(table.get(fd));
      let position = Number(offset);
      const moved = transfer(vectors, count, (buffer) => {
        const written = writeTo(guest, file, { buffer, position });
        position += written;
        return written;
      });
      memory.setU32(out, moved);
    },
    fd_seek: (descriptor: number, offset: bigint, whence: number, out: number) => {
      const file = table.get(descriptor);
      file.position = seek(file, Number(offset), whence);
      memory.setU64(out, BigInt(file.position));
    },
    fd_close: (descriptor: number) => table.close(descriptor),
    fd_sync: (descriptor: number) => {
      table.get(descriptor);
    },
    fd_fdstat_get: (descriptor: number, out: number) => {
      memory.slice(out, 24).fill(0);
      memory.bytes[out >>> 0] = wasiFileType[table.get(descriptor).node.kind];
    },
  });
}

// Numbers of `__wasi_filetype_t`.
const wasiFileType = { device: 2, folder: 3, file: 4, pipe: 6, link: 7 } as const;

/** The system calls on descriptors. */
export function descriptorCalls(guest: GuestState): ImportSet {
  const { memory, tree, table } = guest;
  return systemCalls({
    __syscall_dup: (descriptor: number) => table.duplicate(descriptor),
    __syscall_dup3: (descriptor: number, to: number) => table.replace(descriptor, to),
    __syscall_fcntl64: (descriptor: number, command: number, varargs: number) =>
      control(guest, descriptor, { command, varargs }),
    __syscall_fstat64: (descriptor: number, out: number) =>
      writeStat(memory, out, table.get(descriptor).node),
    __syscall_fstatfs64: (descriptor: number, _size: number, out: number) => {
      table.get(descriptor);
      writeStatFs(memory, out, tree.quota.room() - tree.quota.bytes);
    },
    __syscall_fchdir: (descriptor: number) => {
      const { node } = table.get(descriptor);
      if (node.kind !== "folder") throw new CallError("ENOTDIR");
      table.cwd = node;
    },
    __syscall_fchmod: (descriptor: number, mode: number) => {
      const { node } = table.get(descriptor);
      node.mode = (node.mode & ~permissionBits) | (mode & permissionBits);
    },
    __syscall_fchown32: (descriptor: number) => {
      table.get(descriptor);
    },
    __syscall_fdatasync: (descriptor: number) => {
      table.get(descriptor);
    },
    __syscall_fadvise64: (descriptor: number) => {
      table.get(descriptor);
    },
    __syscall_ftruncate64: (descriptor: number, length: bigint) => {
      const { node } = writable(table.get(descriptor));
      if (node.kind !== "file" || length < 0n) throw new CallError("EINVAL");
      tree.truncate(node, Number(length));
    },
    __syscall_fallocate: (descriptor: number, mode: number, offset: bigint, length: bigint) => {
      const { node } = writable(table.get(descriptor));
      if (node.kind !== "file" || mode !== 0) throw new CallError("EINVAL");
      tree.truncate(node, Math.max(node.size, Number(offset + length)));
    },
    __syscall_getdents64: (descriptor: number, out: number, size: number) =>
      listFolder(guest, table.get(descriptor), { out, size }),
    __syscall_pipe: (out: number) => {
      const node = tree.makePipe();
      memory.setU32(out, table.open(node, { path: "pipe", flags: 0 }));
      memory.setU32(out + 4, table.open(node, { path: "pipe", flags: openFlag.writeOnly }));
    },
    __syscall_ioctl: (descriptor: number) => {
      table.get(descriptor);
      throw new CallError("ENOTTY");
    },
    __syscall_poll: (list: number, count: number) => {
      // Nothing here ever has to be waited for: what is open is ready.
      for (let i = 0; i < count; i++) {
        const entry = (list >>> 0) + i * 8;
        const events = memory.view.getUint16(entry + 4, true);
        memory.view.setUint16(entry + 6, events & 5, true);
      }
      return count;
    },
  });
}

function readable(file: OpenFile): OpenFile {
  if (file.node.kind === "folder") throw new CallError("EISDIR");
  if (!isReadable(file.flags)) throw new CallError("EBADF");
  return file;
}

function writable(file: OpenFile): OpenFile {
  if (!isWritable(file.flags)) throw new CallError("EBADF");
  return file;
}

function seek(file: OpenFile, offset: number, whence: number): number {
  const { node } = file;
  if (node.kind === "pipe" || node.kind === "device") throw new CallError("ESPIPE");
  const size = node.kind === "file" ? node.size : 0;
  const base = [0, file.position, size][whence];
  if (base === undefined || base + offset < 0) throw new CallError("EINVAL");
  return base + offset;
}

// `F_` commands of the guest's `fcntl.h`.
const fcntl = { duplicate: 0, getFlags: 3, setFlags: 4, duplicateCloseOnExec: 1030 } as const;

function control(
  { memory, table }: GuestState,
  descriptor: number,
  request: { readonly command: number; readonly varargs: number },
): number {
  const file = table.get(descriptor);
  switch (request.command) {
    case fcntl.duplicate:
    case fcntl.duplicateCloseOnExec:
      return table.duplicate(descriptor, memory.u32(request.varargs));
    case fcntl.getFlags:
      return file.flags;
    case fcntl.setFlags:
      file.flags = (file.flags & openFlag.accessMask) | memory.u32(request.varargs);
      return 0;
    default:
      // Locks and the close-on-exec flag mean nothing in a single process.
      return 0;
  }
}

/** Lists from the file's position on; entries are in the order in which they were made. */
function listFolder(
  { memory }: GuestState,
  file: OpenFile,
  buffer: { readonly out: number; readonly size: number },
): number {
  const { node } = file;
  if (node.kind !== "folder") throw new CallError("ENOTDIR");
  const entries = [[".", node] as const, ["..", node.parent] as const, ...node.entries];
  const first = Math.floor(file.position / direntBytes);
  const fits = Math.floor(buffer.size / direntBytes);
  const chosen = entries.slice(first, first + fits);
  for (const [i, [name, each]] of chosen.entries()) {
    const next = (first + i + 1) * direntBytes;
    writeDirent(memory, buffer.out + i * direntBytes, { name, node: each, next });
  }
  file.position += chosen.length * direntBytes;
  return chosen.length * direntBytes;
}

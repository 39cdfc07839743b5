import { relative } from "node:path";
import { type Disk, machineDisk } from "../src/disk.ts";

/** The machine's disk, and in which order it was asked for what; random names are left out. */
export function watchedDisk(root: string, seen: string[]): Disk {
  const note = (what: string, path: string) => {
    const name = relative(root, path);
    seen.push(`${what} ${name.startsWith("temporary/") ? "temporary file" : name || "."}`);
  };
  return {
    async create(path) {
      note("create", path);
      const file = await machineDisk.create(path);
      return {
        async append(bytes) {
          note("append", path);
          await file.append(bytes);
        },
        async sync() {
          await file.sync();
          note("sync", path);
        },
        close: () => file.close(),
      };
    },
    makeFolders: (path) => machineDisk.makeFolders(path),
    async rename(from, to) {
      await machineDisk.rename(from, to);
      note("rename to", to);
    },
    async unlink(path) {
      await machineDisk.unlink(path);
      note("unlink", path);
    },
    remove: (path) => machineDisk.remove(path),
    async syncFolder(path) {
      await machineDisk.syncFolder(path);
      note("sync folder", path);
    },
  };
}

/** A disk that takes this many bytes, and gives back those of files that were removed or replaced. */
export function fullDisk(bytesMax: number): Disk {
  const sizes = new Map<string, number>();
  const used = () => [...sizes.values()].reduce((sum, each) => sum + each, 0);
  return {
    ...machineDisk,
    async create(path) {
      const file = await machineDisk.create(path);
      return {
        ...file,
        async append(bytes) {
          if (used() + bytes.byteLength > bytesMax) {
            throw Object.assign(new Error("no space left"), { code: "ENOSPC" });
          }
          sizes.set(path, (sizes.get(path) ?? 0) + bytes.byteLength);
          await file.append(bytes);
        },
      };
    },
    async rename(from, to) {
      await machineDisk.rename(from, to);
      sizes.set(to, sizes.get(from) ?? 0);
      sizes.delete(from);
    },
    async remove(path) {
      await machineDisk.remove(path);
      sizes.delete(path);
    },
  };
}

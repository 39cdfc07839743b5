import { type FileHandle, mkdir, open, rename, rm, unlink } from "node:fs/promises";

/** A file that is being written. */
export interface DiskFile {
  /** Writes all of it, behind what was written. */
  append(bytes: Uint8Array): Promise<void>;
  /** Returns when the file would survive a loss of power. */
  sync(): Promise<void>;
  close(): Promise<void>;
}

/** Everything that changes the disk; a test watches the order of it, or lets the disk be full. */
export interface Disk {
  /** Makes a file that must not be there. */
  create(path: string): Promise<DiskFile>;
  /** Answers the first folder that was new; undefined when all were there. */
  makeFolders(path: string): Promise<string | undefined>;
  /** Gives a file another name, in one step; replaces what has that name. */
  rename(from: string, to: string): Promise<void>;
  unlink(path: string): Promise<void>;
  /** Removes what may not be there any more. */
  remove(path: string): Promise<void>;
  /** Makes what happened to the names in a folder survive a loss of power. */
  syncFolder(path: string): Promise<void>;
}

/** The machine's disk. */
export const machineDisk: Disk = {
  create: async (path) => fileOf(await open(path, "wx", 0o600)),
  makeFolders: (path) => mkdir(path, { recursive: true, mode: 0o700 }),
  rename,
  unlink,
  remove: (path) => rm(path, { force: true }),
  async syncFolder(path) {
    const folder = await open(path, "r");
    try {
      await folder.sync();
    } finally {
      await folder.close();
    }
  },
};

function fileOf(file: FileHandle): DiskFile {
  return {
    // A plain write may be short; this one goes on.
    append: (bytes) => file.appendFile(bytes),
    sync: () => file.sync(),
    close: () => file.close(),
  };
}

import { execFile } from "node:child_process";
import { constants, existsSync } from "node:fs";
import { copyFile, mkdir, mkdtemp, open, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { stampImage } from "../disk/disk-stamp.ts";

const run = promisify(execFile);

/** Longest time in which an image is formatted. */
const formatMsMax = 120_000;

/** Bounds of what a machine may write. */
export interface DiskLimits {
  readonly bytes: number;
  readonly inodes: number;
}

/**
 * Makes the disk image of a machine: an ext4 file system whose size is the bound. Its blocks are
 * taken from the host when they are written. A formatted image of each size is kept and copied.
 */
export async function makeDisk(
  path: string,
  options: { readonly limits: DiskLimits; readonly cacheFolder: string },
): Promise<void> {
  const template = await templateDisk(options.limits, options.cacheFolder);
  if (!(await stampImage(template, path))) await copySparse(template, path);
}

/** A formatted image with the two folders that an overlay wants. */
async function templateDisk(limits: DiskLimits, cacheFolder: string): Promise<string> {
  const target = join(cacheFolder, `ext4-${limits.bytes}-${limits.inodes}.img`);
  if (existsSync(target)) return target;
  await mkdir(cacheFolder, { recursive: true, mode: 0o700 });
  const draft = await mkdtemp(join(cacheFolder, "draft-"));
  try {
    await mkdir(join(draft, "root", "upper"), { recursive: true, mode: 0o755 });
    await mkdir(join(draft, "root", "work"), { mode: 0o700 });
    const image = join(draft, "disk.img");
    await formatDisk(image, { limits, content: join(draft, "root"), hasJournal: false });
    await rename(image, target);
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
  return target;
}

/**
 * Formats an image of exactly that size with a folder's content. A machine's disk needs no journal:
 * after a crash of the host the machine's processes are gone too, and a snapshot is taken of a disk
 * that stands still. Nothing is reserved for root, since the guest's may be root.
 */
export async function formatDisk(
  image: string,
  options: {
    readonly limits: DiskLimits;
    readonly content: string;
    readonly hasJournal: boolean;
  },
): Promise<void> {
  const { limits, content, hasJournal } = options;
  const { bytes, inodes } = limits;
  const journal = hasJournal ? "has_journal" : "^has_journal";
  const file = await open(image, "wx", 0o600);
  await file.truncate(bytes);
  await file.close();
  const words = [
    ..."-q -F -m 0 -E lazy_itable_init=1,root_owner=0:0,nodiscard".split(" "),
    ...["-O", `${journal},^resize_inode,^metadata_csum`],
    ..."-I 256 -b 4096".split(" "),
    ...["-N", String(inodes), "-d", content, image],
  ];
  await run("mkfs.ext4", words, { timeout: formatMsMax, killSignal: "SIGKILL" });
}

/** Copies what is written of an image, and shares it where the file system can. */
export async function copySparse(from: string, to: string): Promise<void> {
  try {
    await copyFile(from, to, constants.COPYFILE_FICLONE_FORCE | constants.COPYFILE_EXCL);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "EEXIST") throw error;
    await rm(to, { force: true });
    await run("cp", ["--sparse=always", "--reflink=auto", from, to]);
  }
}

/** Bytes of the host's disk that an image takes. */
export async function takenBytes(path: string): Promise<number> {
  return (await stat(path)).blocks * 512;
}

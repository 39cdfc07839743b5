import { execFile } from "node:child_process";
import { existsSync, realpathSync } from "node:fs";
import { chmod, chown, mkdir, mkdtemp, open, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { raise } from "@bedplate/errors";
import { namesIn, textOf } from "../host/look.ts";
import { formatDisk } from "../rootfs/disk.ts";
import { machineUser } from "../rootfs/host-skeleton.ts";

const run = promisify(execFile);

/** The folder of an image that machines see; beside it is what a file system needs for itself. */
export const contentFolder = "data";

/** One file, or folder, for so many bytes. */
const bytesPerInode = 16_384;

/** Files and folders of the smallest volume. */
const inodesMin = 1024;

/**
 * Makes the image of a volume where there is none: a file system whose size is the bound. It is there
 * whole, or not at all. Unlike a machine's disk it has a journal: what is in it outlives a crash of the
 * host. Whoever is in the machine may write to it, as a machine's users are not those of the next one.
 */
export async function makeVolumeImage(image: string, bytes: number): Promise<void> {
  if (existsSync(image)) return;
  const folder = join(image, "..");
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const draft = await mkdtemp(join(folder, "draft-"));
  try {
    const content = join(draft, "root", contentFolder);
    await mkdir(content, { recursive: true });
    await chown(content, machineUser.id, machineUser.id);
    await chmod(content, 0o777);
    const made = join(draft, "volume.img");
    const inodes = Math.max(inodesMin, Math.floor(bytes / bytesPerInode));
    const limits = { bytes, inodes };
    await formatDisk(made, { limits, content: join(draft, "root"), hasJournal: true });
    await synced(made);
    await rename(made, image);
    await synced(folder);
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
}

/** Longest time in which a file system is brought in order. */
const checkMsMax = 600_000;

interface Said {
  readonly code?: unknown;
  readonly killed?: boolean;
  readonly stderr?: string;
}

/** Brings an image in order that a crash of the host left as it was; one that is in order stays as it is. */
export async function checkVolumeImage(image: string): Promise<void> {
  try {
    await run("e2fsck", ["-p", image], { timeout: checkMsMax, killSignal: "SIGKILL" });
  } catch (error) {
    const { code, killed, stderr = "" } = error as Said;
    // It was not in order, and is now.
    if (code === 1) return;
    const reason = killed
      ? `its file system was not checked within ${checkMsMax / 1000} seconds`
      : `its file system is damaged: ${stderr.trim().slice(0, 256) || String(code)}`;
    throw raise("environment.unhealthy", {
      op: "environment.create",
      effect: "none",
      detail: { reason },
      message: `Cannot mount the volume: ${reason}`,
    });
  }
}

/** Erases an image, also for whoever looks at the folder after a crash. */
export async function removeVolumeImage(image: string): Promise<void> {
  await rm(image, { force: true });
  const folder = join(image, "..");
  if (existsSync(folder)) await synced(folder);
}

/** Whether the kernel has the image open: a mount goes a moment after the last process that saw it. */
export function isMounted(image: string): boolean {
  if (!existsSync(image)) return false;
  // The kernel names it without links.
  const real = realpathSync(image);
  return namesIn("/sys/block")
    .filter((each) => each.startsWith("loop"))
    .some((each) => textOf(`/sys/block/${each}/loop/backing_file`).trimEnd() === real);
}

/** What a crash left of images that were being made. */
export async function removeDrafts(folder: string): Promise<void> {
  const drafts = namesIn(folder).filter((each) => each.startsWith("draft-"));
  for (const each of drafts) await rm(join(folder, each), { recursive: true, force: true });
}

async function synced(path: string): Promise<void> {
  const file = await open(path, "r");
  await file.sync();
  await file.close();
}

import { execFileSync } from "node:child_process";
import {
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { type BlobDriver, type BlobLimits, BlobStore } from "@bedplate/blob";
import { type BlobKit, uploadBytes } from "@bedplate/blob/conformance";
import { VirtualClock } from "@bedplate/clock";
import { type OpenedTarget, overriding } from "@bedplate/conformance";
import { killAfterLines, openScratchFolder } from "@bedplate/testkit";
import { type Disk, machineDisk } from "../src/disk.ts";
import { openFileBlob, openFileBlobOn } from "../src/file-blob.ts";
import { pathOfKey } from "../src/key-path.ts";
import { fullDisk } from "./watched-disk.ts";

const smallLimits = { bodyBytesMax: 1024 * 1024, partBytesMax: 64 * 1024 };

/** How a target is broken on purpose. */
export interface FileFlaws {
  readonly driver?: ((driver: BlobDriver) => BlobDriver) | undefined;
  readonly disk?: ((disk: Disk) => Disk) | undefined;
  /** The last word of the crash writer's command. */
  readonly writer?: string | undefined;
}

/** A store in a folder of its own, and what can be done to it. */
export async function openFileTarget(
  flaws: FileFlaws = {},
): Promise<OpenedTarget<BlobStore, BlobKit>> {
  const { driver: breakDriver = (driver) => driver, writer = "well" } = flaws;
  const held = new AsyncDisposableStack();
  const { path } = held.use(openScratchFolder());
  const clock = new VirtualClock();
  const beganMs = clock.now();
  const storeOn = (driver: BlobDriver) => {
    // Files age by the machine's clock; the suite moves only its own.
    const sweep = (abandonedMs: number) => driver.sweep(abandonedMs - (clock.now() - beganMs));
    return held.use(new BlobStore(breakDriver(overriding(driver, { sweep })), { clock }));
  };
  const openStore = async (limits: Partial<BlobLimits> = smallLimits) =>
    storeOn(await openFileBlob({ path, limits }));
  const target = await openStore();
  const watching = held.use(await openFileBlob({ path }));
  const kit: BlobKit = {
    clock,
    seed: "fs",
    second: () => openStore(),
    large: () => openStore({}),
    handles: process.platform === "linux" ? () => handlesIn(path) : undefined,
    strayBytes: async () => sizeOf(join(path, "temporary")) + (await uploadBytes(watching)),
    flipByte: async (key) => flipByte(join(path, pathOfKey(key))),
    fillDisk: async () => storeOn(await openOnFullDisk(path, { held, flaw: flaws.disk })),
    reopen: async () => {
      await target.close();
      return openStore();
    },
    crash: async (linesMin) => {
      await target.close();
      const module = new URL("crash-writer.ts", import.meta.url);
      const reports = await killAfterLines(module, { args: [path, writer], linesMin });
      return { reports, store: await openStore() };
    },
  };
  return { target, kit, [Symbol.asyncDispose]: () => held.disposeAsync() };
}

function flipByte(file: string): void {
  const bytes = readFileSync(file);
  bytes[1] = (bytes[1] ?? 0) ^ 1;
  writeFileSync(file, bytes);
}

/** A file may go between the listing and the look at it. */
function sizeOf(folder: string): number {
  const sizes = readdirSync(folder).map(
    (name) => statSync(join(folder, name), { throwIfNoEntry: false })?.size ?? 0,
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}

/** Open files of this process below a folder. */
function handlesIn(folder: string): number {
  return readdirSync("/proc/self/fd").filter((name) => {
    try {
      return readlinkSync(`/proc/self/fd/${name}`).startsWith(folder);
    } catch {
      return false;
    }
  }).length;
}

const diskBytes = 1536 * 1024;

/** A file system of its own where this process may mount one; else a disk that says that it is full. */
async function openOnFullDisk(
  path: string,
  { held, flaw }: { readonly held: AsyncDisposableStack; readonly flaw: FileFlaws["disk"] },
): Promise<BlobDriver> {
  const folder = join(path, "small");
  mkdirSync(folder);
  const isMounted = mountSmall(folder);
  if (isMounted) held.defer(() => void execFileSync("umount", ["--lazy", folder]));
  const disk = isMounted ? machineDisk : fullDisk(diskBytes);
  return openFileBlobOn(flaw?.(disk) ?? disk, { path: folder });
}

function mountSmall(folder: string): boolean {
  const options = ["-t", "tmpfs", "-o", `size=${diskBytes}`, "tmpfs", folder];
  try {
    execFileSync("mount", options, { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

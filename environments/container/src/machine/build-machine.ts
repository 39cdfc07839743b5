import { execFile } from "node:child_process";
import { mkdirSync } from "node:fs";
import { mkdir, rm } from "node:fs/promises";
import { promisify } from "node:util";
import type { Cgroup } from "../cgroup/cgroup.ts";
import { until } from "../cgroup/folder.ts";
import { startTicksOf } from "../launch/process-identity.ts";
import { forgetCommand } from "../launch/runtime-command.ts";
import { makeDisk } from "../rootfs/disk.ts";
import { removeDrafts } from "../snapshot/drafts.ts";
import type { RestorePlaces } from "../snapshot/restore-disk.ts";
import type { DiskHeader } from "../snapshot/snapshot-format.ts";
import { cgroupName } from "./cgroup-name.ts";
import { type Ground, hostTimeoutMs } from "./ground.ts";
import { type MachineFolder, machineFolder } from "./machine-folder.ts";
import { type MachineRecord, writeRecord } from "./machine-record.ts";

const run = promisify(execFile);

/**
 * Makes all that a machine needs but its processes. The record is written last: until then the berth
 * alone says that something was begun, and `clearBerth` undoes it.
 */
export async function buildMachine(
  ground: Ground,
  planned: MachineRecord,
  restore?: (places: RestorePlaces) => Promise<DiskHeader>,
): Promise<MachineRecord> {
  const folder = machineFolder(planned.id, ground.config);
  makeFolders(folder, planned);
  const cgroup = ground.cgroups.named(cgroupName(planned));
  cgroup.create();
  const { memoryBytes, cpuMillis, processes } = planned.caps;
  cgroup.limit({
    memoryBytes,
    cpuMillis,
    processesMax: planned.runtime === "runsc" ? sentryThreadsMax : processes,
  });
  const [header] = await Promise.all([
    makeUpper(ground, { record: planned, folder, restore }),
    ground.networks.attach(planned.berth, {
      egress: planned.egress,
      egressBytesPerSecond: planned.config.egressBytesPerSecond,
    }),
  ]);
  // The agent in a restored memory asks for what it was started with.
  const record = header?.token === undefined ? planned : { ...planned, token: header.token };
  writeRecord(folder.record, record);
  return record;
}

/** Threads of gVisor's kernel and of what it runs; only there so that a fault of it stays its own. */
const sentryThreadsMax = 8192;

// The machine's own root user has to pass through these folders; it may not look into them.
const passable = 0o711;

function makeFolders(folder: MachineFolder, record: MachineRecord): void {
  mkdirSync(folder.path, { recursive: true, mode: passable });
  mkdirSync(folder.mounts.folder, { mode: passable });
  mkdirSync(folder.runtime, { mode: 0o700 });
  const { mounts } = folder;
  const layers = record.layers.map((_, index) => mounts.layer(index));
  const folders = (record.config.hostFolders ?? []).map((_, index) => mounts.hostFolder(index));
  const volumes = (record.volumes ?? []).flatMap((_, index) => [
    mounts.volumeDisk(index),
    mounts.volume(index),
  ]);
  const own = [mounts.disk, mounts.data, mounts.root, mounts.usr];
  for (const each of [...own, ...layers, ...folders, ...volumes]) {
    mkdirSync(each, { mode: passable });
  }
}

async function makeUpper(
  ground: Ground,
  machine: {
    readonly record: MachineRecord;
    readonly folder: MachineFolder;
    readonly restore: ((places: RestorePlaces) => Promise<DiskHeader>) | undefined;
  },
): Promise<DiskHeader | undefined> {
  const { record, folder, restore } = machine;
  const size = { bytes: record.caps.diskBytes ?? 0, inodes: record.caps.inodes ?? 0 };
  const needsOwn = record.config.writes === "memory" || restore !== undefined;
  const hasDisk = await ground.moorings.take(record.berth, {
    limits: needsOwn ? undefined : size,
    disk: folder.disk,
    target: folder.mounts.disk,
  });
  if (hasDisk || record.config.writes === "memory") return undefined;
  await mkdir(`${ground.config.dataFolder}/disks`, { recursive: true, mode: 0o700 });
  if (restore !== undefined) return restore(folder);
  await makeDisk(folder.disk, {
    limits: size,
    cacheFolder: `${ground.config.dataFolder}/templates`,
  });
  return undefined;
}

/** Ends whatever runs, and removes all that there is of a machine. Doing it twice does nothing. */
export async function clearMachine(
  ground: Ground,
  machine: {
    readonly id: string;
    readonly berth: number;
    readonly record?: MachineRecord | undefined;
  },
): Promise<void> {
  const { id, berth, record } = machine;
  await ground.moorings.drop(berth);
  // A berth that no machine has yet has no place: its name would be that of all of them.
  if (id !== "") await clearPlace(ground, { id, record });
  await ground.networks.detach(berth);
  ground.berths.giveBack(ground.berths.at(berth));
}

async function clearPlace(
  ground: Ground,
  { id, record }: { readonly id: string; readonly record?: MachineRecord | undefined },
): Promise<void> {
  const folder = machineFolder(id, ground.config);
  for (const name of cgroupNames(ground, { id, record })) {
    const cgroup = ground.cgroups.named(name);
    await cgroup.kill({ timeoutMs: hostTimeoutMs });
    if (record !== undefined) await forget(ground, { record, folder });
    await removed(cgroup);
  }
  await hasLeft(record?.started?.wardenPid);
  await rm(folder.disk, { force: true });
  await removeDrafts(folder.disk);
  // A command that spoke with the machine may still be leaving its last file.
  await rm(folder.path, { recursive: true, force: true, maxRetries: 10, retryDelay: 20 });
}

// To look for them takes as long as there are machines on this host.
function cgroupNames(
  ground: Ground,
  { id, record }: { readonly id: string; readonly record?: MachineRecord | undefined },
): readonly string[] {
  if (record !== undefined) return [cgroupName(record)];
  return ground.cgroups.list().filter((each) => each.startsWith(`${id}-`));
}

/** Longest time for a warden to go after its machine: it goes by itself. */
const leaveMsMax = 2000;

// With the warden go its mounts, and with them the disk.
async function hasLeft(wardenPid: number | undefined): Promise<void> {
  if (wardenPid === undefined) return;
  const isGone = () => startTicksOf(wardenPid) === undefined;
  await until(isGone, { timeoutMs: leaveMsMax, what: "the warden has gone" }).catch(() => {});
}

// A process that was killed may still be leaving the older hierarchies.
async function removed(cgroup: Cgroup): Promise<void> {
  const isRemoved = () => {
    try {
      cgroup.remove();
      return true;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EBUSY") throw error;
      return false;
    }
  };
  await until(isRemoved, { timeoutMs: hostTimeoutMs, what: "the machine's cgroups are removed" });
}

async function forget(
  ground: Ground,
  { record, folder }: { readonly record: MachineRecord; readonly folder: MachineFolder },
): Promise<void> {
  const { runtime, program } = ground;
  const [name, ...words] = forgetCommand({ runtime, program, id: record.id, folder }) ?? [];
  // A runtime that never heard of the bundle says so; there is nothing to forget then.
  if (name !== undefined) await run(name, words, { timeout: hostTimeoutMs }).catch(() => {});
}

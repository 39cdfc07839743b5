import { execFile } from "node:child_process";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { raise } from "@bedplate/errors";
import { type Extent, imprintDisk } from "../disk/extents.ts";
import { sentryCommand } from "../launch/runtime-command.ts";
import { hostTimeoutMs } from "../machine/ground.ts";
import type { Machine } from "../machine/machine.ts";
import { whileStanding } from "../machine/stand-still.ts";

const run = promisify(execFile);

/** A copy of what a machine is, made while it stood still. */
export interface StandingCopy {
  readonly disk: string;
  /** Where the disk has data. */
  readonly extents: readonly Extent[];
  /** Of machines that have a kernel of their own. */
  readonly memory?: string | undefined;
}

/** Copies a machine into a folder; afterwards it runs or pauses as before. */
export function copyStanding(machine: Machine, draft: string): Promise<StandingCopy> {
  const disk = join(draft, "disk.img");
  if (machine.record.runtime !== "runsc") {
    return whileStanding(machine, async () => ({ disk, extents: await copyDisk(machine, disk) }));
  }
  const places = { disk, checkpoint: join(draft, "checkpoint") };
  return machine.turns.take(() => copySentry(machine, places));
}

/**
 * Brings a machine whose host died back to what its record says: it may have died while it was being
 * copied.
 */
export async function settleStanding(machine: Machine): Promise<void> {
  const { cgroup, record } = machine;
  const isPaused = record.pausedAt !== undefined;
  if (record.started === undefined || (isPaused && cgroup.isFrozen())) return;
  if (!isPaused) cgroup.thaw();
  // One that runs says that it does.
  if (record.runtime === "runsc") await sentry(machine, ["resume", record.id]).catch(() => {});
  if (isPaused) await cgroup.freeze({ timeoutMs: hostTimeoutMs });
}

// gVisor holds back what was written; making an image of its memory makes it write all of it. It has
// to run for that, with its guests standing still, and without connections from here.
async function copySentry(
  machine: Machine,
  places: { readonly disk: string; readonly checkpoint: string },
): Promise<StandingCopy> {
  const { cgroup, record, guest } = machine;
  if (record.pausedAt !== undefined) cgroup.thaw();
  await guest.leave();
  await mkdir(places.checkpoint, { mode: 0o700 });
  let extents: readonly Extent[];
  try {
    await sentry(machine, ["pause", record.id]);
    try {
      const image = `--image-path=${places.checkpoint}`;
      await sentry(machine, ["checkpoint", image, "--leave-running", record.id]);
      extents = await copyDisk(machine, places.disk);
    } finally {
      await sentry(machine, ["resume", record.id]).catch(() => {});
    }
  } finally {
    if (machine.record.pausedAt !== undefined) await cgroup.freeze({ timeoutMs: hostTimeoutMs });
  }
  return { disk: places.disk, extents, memory: join(places.checkpoint, "checkpoint.img") };
}

async function sentry(machine: Machine, words: readonly string[]): Promise<void> {
  const { ground, record, folder } = machine;
  const { runtime, program } = ground;
  const [name = "", ...rest] = sentryCommand({ runtime, program, id: record.id, folder }, words);
  try {
    await run(name, rest, { timeout: hostTimeoutMs });
  } catch (cause) {
    throw raise("resource.busy", {
      op: "instance.snapshot",
      detail: { type: "machine", id: record.id, by: "its kernel" },
      message: `Cannot capture the machine: its kernel could not ${words[0]}`,
      effect: "none",
      cause: new Error(firstLine((cause as { stderr?: string }).stderr ?? "")),
    });
  }
}

function firstLine(text: string): string {
  return text.split("\n")[0]?.slice(0, 512) ?? "";
}

function copyDisk(machine: Machine, copy: string): Promise<readonly Extent[]> {
  const disk = { mounted: mountedDisk(machine), image: machine.folder.disk };
  return imprintDisk(disk, { copy, timeoutMs: hostTimeoutMs });
}

/** The disk is mounted for the warden alone; what it sees is reached through its root. */
export function mountedDisk({ record, folder }: Machine): string {
  const { wardenPid } = record.started ?? { wardenPid: 0 };
  return `/proc/${wardenPid}/root${folder.mounts.disk}`;
}

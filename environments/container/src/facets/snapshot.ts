import { rm } from "node:fs/promises";
import type { CaptureRequest, KeyedCall, SnapshotDriver, SnapshotManifest } from "@bedplate/environment";
import { hostTimeoutMs } from "../machine/ground.ts";
import type { Machine } from "../machine/machine.ts";
import { containerManifest, packageVersion } from "../manifest.ts";
import { copySparse } from "../rootfs/disk.ts";
import { raise } from "@bedplate/errors";
import { captureDisk, settleDisk } from "../snapshot/capture-disk.ts";
import { snapshotFormat } from "../snapshot/snapshot-format.ts";

/**
 * What the machine wrote, at one instant: its processes stand still while the disk is copied, and
 * go on before the copy is read.
 */
export function snapshotOf(machine: Machine): SnapshotDriver {
  return { capture: (request, call) => capture(machine, request, call) };
}

async function capture(
  machine: Machine,
  { sink }: CaptureRequest,
  call: KeyedCall,
): Promise<SnapshotManifest> {
  if (machine.record.config.writes === "memory") throw inMemory();
  const copy = `${machine.folder.disk}.${Date.now()}.copy`;
  const { caps, rootDigest } = machine.record;
  const header = { imageBytes: caps.diskBytes ?? 0, inodes: caps.inodes ?? 0, rootDigest };
  try {
    await copyStanding(machine, copy);
    const chunks = await captureDisk(copy, { header, sink, signal: call.signal });
    return {
      scope: "files",
      format: snapshotFormat,
      by: { plugin: containerManifest.plugin.build, engine: `container ${packageVersion}` },
      requires: [{ what: "cpu", needs: process.arch }],
      chunks,
      clones: "many",
      hasEnv: false,
    };
  } finally {
    await rm(copy, { force: true });
  }
}

async function copyStanding(machine: Machine, copy: string): Promise<void> {
  const { cgroup, record, folder } = machine;
  await cgroup.freeze({ timeoutMs: hostTimeoutMs });
  try {
    const { wardenPid } = record.started ?? { wardenPid: 0 };
    // The disk is mounted for the warden alone; what it sees is reached through its root.
    const mounted = `/proc/${wardenPid}/root${folder.mounts.disk}`;
    await settleDisk(mounted, { timeoutMs: hostTimeoutMs });
    await copySparse(folder.disk, copy);
  } finally {
    if (record.pausedAt === undefined) cgroup.thaw();
  }
}

function inMemory(): Error {
  return raise("argument.invalid", {
    op: "instance.snapshot",
    detail: { path: "/scope", rule: "a machine that writes to memory has no disk" },
    message: "Cannot capture the machine: what it writes is in its memory",
  });
}

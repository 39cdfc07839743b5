import { mkdir, rm, stat } from "node:fs/promises";
import {
  type CaptureRequest,
  type Constraint,
  type KeyedCall,
  layerFormat,
  type SnapshotDriver,
  type SnapshotManifest,
} from "@bedplate/environment";
import { raise } from "@bedplate/errors";
import type { Machine } from "../machine/machine.ts";
import { packageVersion } from "../manifest.ts";
import { captureImages } from "../snapshot/capture-disk.ts";
import { giveLayer, packStanding } from "../snapshot/capture-layer.ts";
import { copyStanding } from "../snapshot/copy-standing.ts";
import { draftOf } from "../snapshot/drafts.ts";
import { type DiskHeader, memoryFormat, snapshotFormat } from "../snapshot/snapshot-format.ts";

/**
 * What the machine wrote, at one instant, and on gVisor its memory too: the machine stands still
 * while that is copied, and goes on before the copy is read.
 */
export function snapshotOf(machine: Machine): SnapshotDriver {
  return { capture: (request, call) => capture(machine, request, call) };
}

async function capture(
  machine: Machine,
  request: CaptureRequest,
  call: KeyedCall,
): Promise<SnapshotManifest> {
  const { sink, scope } = request;
  if (machine.record.config.writes === "memory") throw inMemory();
  const draft = draftOf(machine.folder.disk, call.key);
  await mkdir(draft, { mode: 0o700 });
  try {
    if (scope === "layer") return await captureLayer(machine, { draft, request, call });
    const copy = await copyStanding(machine, draft);
    const memory = scope === "machine" ? copy.memory : undefined;
    const header = await headerOf(machine, memory);
    const images = [
      { path: copy.disk, extents: copy.extents },
      ...(memory === undefined ? [] : [{ path: memory }]),
    ];
    const chunks = await captureImages(images, { header, sink, signal: call.signal });
    return {
      scope,
      format: scope === "machine" ? memoryFormat : snapshotFormat,
      by: { plugin: machine.handle.release, engine: `container ${packageVersion}` },
      requires: requirements(machine, scope),
      chunks,
      clones: "many",
      hasEnv: scope === "machine",
    };
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
}

/** The layer needs nothing: whatever stands on what is below it has its files. */
async function captureLayer(
  machine: Machine,
  options: {
    readonly draft: string;
    readonly request: CaptureRequest;
    readonly call: KeyedCall;
  },
): Promise<SnapshotManifest> {
  const { draft, request, call } = options;
  const archive = await packStanding(machine, { draft, signal: call.signal });
  const chunks = await giveLayer(archive, { sink: request.sink, signal: call.signal });
  return {
    scope: "layer",
    format: layerFormat,
    by: { plugin: machine.handle.release, engine: `container ${packageVersion}` },
    requires: [],
    chunks,
    clones: "many",
    hasEnv: false,
  };
}

async function headerOf(machine: Machine, memory: string | undefined): Promise<DiskHeader> {
  const { caps, rootDigest, token } = machine.record;
  const header = { imageBytes: caps.diskBytes ?? 0, inodes: caps.inodes ?? 0, rootDigest };
  return memory === undefined
    ? header
    : { ...header, token, memoryBytes: (await stat(memory)).size };
}

function requirements(machine: Machine, scope: CaptureRequest["scope"]): readonly Constraint[] {
  const cpu: Constraint = { what: "cpu", needs: process.arch };
  if (scope === "files") return [cpu];
  return [cpu, { what: "engine", needs: machine.ground.engine }];
}

function inMemory(): Error {
  return raise("argument.invalid", {
    op: "instance.snapshot",
    detail: { path: "/scope", rule: "a machine that writes to memory has no disk" },
    message: "Cannot capture the machine: what it writes is in its memory",
  });
}

import {
  envdVersion,
  type ListedSandbox,
  type SandboxDetail,
  type SandboxView,
} from "@bedplate/e2b";
import type { Machine } from "@bedplate/machines";
import { cpuCountOf, sandboxCaps } from "../sandbox-metric.ts";
import { readNote, type SandboxNote } from "./sandbox-note.ts";
import type { SandboxTokens } from "./sandbox-tokens.ts";

/** A machine that is a sandbox. */
export interface Sandbox {
  readonly machine: Machine;
  readonly note: SandboxNote;
}

const mebibyte = 1024 * 1024;

/** The end that clients hear of a sandbox without one. */
const foreverMs = 365 * 24 * 3600 * 1000;

/** The machine as a sandbox; undefined for one that is none, or that is going away. */
export function asSandbox(machine: Machine): Sandbox | undefined {
  const note = readNote(machine);
  const isGone = machine.desired === "deleted" || machine.observed.state === "failed";
  if (note === undefined || isGone) return undefined;
  return { machine, note };
}

/** Whether it stands still, or is about to. */
export function isPaused({ machine }: Sandbox): boolean {
  return machine.desired === "paused" || machine.desired === "stopped";
}

/** What create and connect answer. */
export function viewOf(
  { machine, note }: Sandbox,
  { tokens, domain }: { readonly tokens: SandboxTokens; readonly domain: string },
): SandboxView {
  return {
    templateID: note.templateID,
    sandboxID: machine.id,
    clientID: machine.node ?? "node",
    envdVersion,
    ...(note.isSecured && { envdAccessToken: tokens.accessToken(machine.id) }),
    ...(!note.allowPublicTraffic && { trafficAccessToken: tokens.trafficToken(machine.id) }),
    ...(domain !== "" && { domain }),
  };
}

/** One line of a list. */
export function listedOf(sandbox: Sandbox): ListedSandbox {
  const { machine, note } = sandbox;
  const { memoryBytes = sandboxCaps.memoryBytes, diskBytes = sandboxCaps.diskBytes } = machine.caps;
  const endAt = machine.lifetime.expiresAt ?? pausedEnd(machine);
  return {
    templateID: note.templateID,
    sandboxID: machine.id,
    clientID: machine.node ?? "node",
    startedAt: new Date(machine.createdAt).toISOString(),
    endAt: new Date(endAt).toISOString(),
    cpuCount: cpuCountOf(machine.caps),
    memoryMB: Math.round(memoryBytes / mebibyte),
    diskSizeMB: Math.round(diskBytes / mebibyte),
    metadata: note.metadata,
    state: isPaused(sandbox) ? "paused" : "running",
    envdVersion,
  };
}

/** Everything of one sandbox. */
export function detailOf(
  sandbox: Sandbox,
  options: { readonly tokens: SandboxTokens; readonly domain: string },
): SandboxDetail {
  const { machine, note } = sandbox;
  const { envdAccessToken, domain } = viewOf(sandbox, options);
  const { allowOut = [], denyOut = [] } = note.egress;
  const { maskRequestHost, allowPublicTraffic } = note;
  return {
    ...listedOf(sandbox),
    ...(envdAccessToken !== undefined && { envdAccessToken }),
    ...(domain !== undefined && { domain }),
    allowInternetAccess: note.hasInternet,
    network: {
      allowOut,
      denyOut,
      allowPublicTraffic,
      ...(maskRequestHost !== undefined && { maskRequestHost }),
    },
    lifecycle: {
      onTimeout: machine.lifetime.onExpiry === "delete" ? "kill" : "pause",
      autoResume: machine.lifetime.resumesOnTraffic,
    },
    volumeMounts: [],
  };
}

/** A sandbox that stands still does not end by itself. */
function pausedEnd({ observed }: Machine): number {
  return observed.at + foreverMs;
}

import { readFileSync, renameSync, writeFileSync } from "node:fs";
import type { Caps, EgressPolicy, VolumeMount } from "@bedplate/environment";
import { isFault, raise } from "@bedplate/errors";
import type { MachineConfig } from "../config.ts";

/**
 * What has to be known of a machine to find it again. Written as one file, replaced at once; a
 * machine without one was never made.
 */
export interface MachineRecord {
  readonly version: 1;
  readonly id: string;
  readonly key: string;
  readonly release: string;
  readonly owner: string;
  readonly incarnation: string;
  readonly berth: number;
  readonly runtime: "crun" | "runc" | "runsc";
  readonly config: MachineConfig;
  /** All of them, in numbers. */
  readonly caps: Caps;
  readonly env: Readonly<Record<string, string>>;
  readonly egress?: EgressPolicy | undefined;
  readonly volumes?: readonly VolumeMount[] | undefined;
  /** The layers of its root, lowest first; `host` is the host's own programs. */
  readonly layers: readonly string[];
  readonly usesHost: boolean;
  /** Of the artifact. */
  readonly rootDigest: string;
  readonly process?: ProcessDefaults | undefined;
  /** What the guest agent asks of whoever connects. */
  readonly token: string;
  readonly createdAt: number;
  readonly started?: StartedRecord | undefined;
  /** When its owner started it; a machine from the pool runs before that. */
  readonly begunAt?: number | undefined;
  /** True while it waits in the pool: it belongs to nobody. */
  readonly isSpare?: boolean | undefined;
  /** Left out while it is not paused. */
  readonly pausedAt?: number | undefined;
  /** Ports that are open, with where the node reaches them. */
  readonly endpoints?: readonly EndpointRecord[] | undefined;
}

/** What the root file system says of processes that say nothing of it themselves. */
export interface ProcessDefaults {
  readonly user?: string | undefined;
  readonly workdir?: string | undefined;
}

export interface StartedRecord {
  readonly pid: number;
  readonly startTicks: number;
  /** Who mounted its disk, and sees it. */
  readonly wardenPid: number;
  readonly at: number;
}

export interface EndpointRecord {
  readonly port: number;
  readonly protocol: string;
  readonly address: string;
}

/** Newest form of the record that this build reads. */
const version = 1;

/**
 * Reads a record; undefined where there is none, or none whole: power was lost, and nothing runs. One that
 * cannot be read now, or that this build does not know, is thrown of: it is somebody's.
 */
export function readRecord(path: string): MachineRecord | undefined {
  const text = textOf(path);
  const record = text === undefined ? undefined : parsed(text);
  if (record !== undefined && record.version !== version) throw unknownVersion(path, record);
  return record;
}

/** As `readRecord`; one that this build does not know is passed over. */
export function knownRecord(path: string): MachineRecord | undefined {
  try {
    return readRecord(path);
  } catch (error) {
    if (isFault(error, "environment.unhealthy")) return undefined;
    throw error;
  }
}

/** As `readRecord`, for who would take the machine away; undefined: it is left, and that is told. */
export function recordOrLeft(
  path: string,
): { readonly record: MachineRecord | undefined } | undefined {
  try {
    return { record: readRecord(path) };
  } catch (error) {
    process.emitWarning(`a machine is left as it is, ${path}: ${(error as Error).message}`);
    return undefined;
  }
}

function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

function parsed(text: string): MachineRecord | undefined {
  try {
    return JSON.parse(text) as MachineRecord;
  } catch {
    return undefined;
  }
}

function unknownVersion(path: string, record: { readonly version: unknown }): Error {
  const reason = `${path} is of version ${String(record.version)}, and this build reads ${version}`;
  return raise("environment.unhealthy", {
    op: "environment.recover",
    effect: "none",
    detail: { reason },
    message: `Cannot read the machine's record: ${reason}`,
  });
}

/** Replaces the record at once. */
export function writeRecord(path: string, record: MachineRecord): void {
  writeFileSync(`${path}.new`, JSON.stringify(record), { mode: 0o600 });
  renameSync(`${path}.new`, path);
}

import { readFileSync, renameSync, writeFileSync } from "node:fs";
import type { Caps, EgressPolicy, VolumeMount } from "@bedplate/environment";
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

/** Reads a record; undefined where there is none or one that this build does not know. */
export function readRecord(path: string): MachineRecord | undefined {
  try {
    const record = JSON.parse(readFileSync(path, "utf8")) as MachineRecord;
    return record.version === version ? record : undefined;
  } catch {
    return undefined;
  }
}

/** Replaces the record at once. */
export function writeRecord(path: string, record: MachineRecord): void {
  writeFileSync(`${path}.new`, JSON.stringify(record), { mode: 0o600 });
  renameSync(`${path}.new`, path);
}

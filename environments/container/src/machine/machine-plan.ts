import { randomBytes } from "node:crypto";
import { newId, systemRandom } from "@bedplate/clock";
import type { Caps, EgressPolicy, VolumeMount } from "@bedplate/environment";
import type { MachineConfig } from "../config.ts";
import type { Ground } from "./ground.ts";
import type { MachineRecord, ProcessDefaults } from "./machine-record.ts";

/** What a machine is to be, whoever gets it. */
export interface MachinePlan {
  readonly config: MachineConfig;
  readonly caps: Caps;
  readonly env: Readonly<Record<string, string>>;
  readonly egress?: EgressPolicy | undefined;
  /** Left out where it has none. */
  readonly volumes?: readonly VolumeMount[] | undefined;
  readonly layers: readonly string[];
  readonly usesHost: boolean;
  readonly rootDigest: string;
  readonly process?: ProcessDefaults | undefined;
}

/** What a new machine is called, and what no other life of one is. */
export function newMachineName(): { readonly id: string; readonly incarnation: string } {
  const incarnation = randomBytes(16).toString("hex");
  return { id: newId("machine", Date.now(), systemRandom), incarnation };
}

/** The record of a machine that is to be made. */
export function recordOf(
  ground: Ground,
  plan: MachinePlan,
  place: {
    readonly id: string;
    readonly incarnation: string;
    readonly key: string;
    readonly berth: number;
  },
): MachineRecord {
  return {
    version: 1,
    ...place,
    ...plan,
    release: ground.release,
    owner: ground.owner,
    runtime: ground.runtime,
    token: randomBytes(24).toString("hex"),
    createdAt: Date.now(),
  };
}

/** What of a plan cannot be changed once a machine has been started. */
export function fixedPart(plan: MachinePlan): string {
  const { config, caps, layers, rootDigest, process } = plan;
  const { diskBytes, inodes } = caps;
  return JSON.stringify([config, diskBytes, inodes, layers, rootDigest, process]);
}

import type { Digest } from "@bedplate/codec";
import type { Caps, EgressPolicy } from "@bedplate/environment";
import type { Lifetime, RestartPolicy } from "./machine.ts";
import type { MachineStart } from "./machine-start.ts";
import type { VolumeWish } from "./volumes/volume-service.ts";

/** What a new machine shall be. */
export interface MachineRequest {
  readonly project: string;
  /** Default: the host's standard slot for machines, or that of the snapshot. */
  readonly slot?: string | undefined;
  /** Image bytes, or the digest of a stored one. Default: the slot's standard image. */
  readonly artifact?: Uint8Array | Digest | undefined;
  /** A snapshot to begin with; it brings its artifact, config, caps and variables along. */
  readonly snapshot?: string | undefined;
  /** Fits the environment's instance schema. */
  readonly config?: Readonly<Record<string, unknown>> | undefined;
  readonly caps?: Caps | undefined;
  readonly env?: Readonly<Record<string, string>> | undefined;
  /** Default: nothing is reached. */
  readonly egress?: EgressPolicy | undefined;
  /** What it runs each time it has booted. Default: nothing, or what its snapshot's machine ran. */
  readonly start?: MachineStart | undefined;
  /** Volumes of the project; its snapshots and forks have none of them. */
  readonly volumes?: readonly VolumeWish[] | undefined;
  readonly labels?: Readonly<Record<string, string>> | undefined;
  readonly annotations?: Readonly<Record<string, string>> | undefined;
  /** The labels that its node must have. */
  readonly nodeLabels?: Readonly<Record<string, string>> | undefined;
  /** 0 to 9, higher first. */
  readonly priority?: number | undefined;
  /** How long it may live from now on. Default: for ever. */
  readonly ttlMs?: number | undefined;
  readonly onExpiry?: Lifetime["onExpiry"] | undefined;
  readonly resumesOnTraffic?: boolean | undefined;
  readonly restart?:
    | { readonly [M in keyof RestartPolicy]?: RestartPolicy[M] | undefined }
    | undefined;
  readonly idempotencyKey?: string | undefined;
}

/** Which machines to list. */
export interface MachineFilter {
  readonly project: string;
  readonly slot?: string | undefined;
  /** Any of these. */
  readonly states?: readonly string[] | undefined;
  /** All of these. */
  readonly labels?: Readonly<Record<string, string>> | undefined;
  /** Default: newest first. */
  readonly isOldestFirst?: boolean | undefined;
  readonly limit?: number | undefined;
  readonly cursor?: string | undefined;
}

/** One page of machines; `next` is there when more may follow. */
export interface MachinePage<M> {
  readonly machines: readonly M[];
  readonly next?: string | undefined;
}

/** The priority of a machine that names none. */
export const machinePriorityDefault = 5;

import type { Digest } from "@bedplate/codec";
import {
  type Caps,
  capsSchema,
  type EgressPolicy,
  type InstanceHandle,
  type SnapshotManifest,
} from "@bedplate/environment";
import type { Fault } from "@bedplate/errors";
import { defineSchema, type Schema, Type } from "@bedplate/schema";
import type { MachineStart } from "./machine-start.ts";
import type { MachineVolume } from "./volumes/volume.ts";

/** What its owner wants of a machine. */
export type DesiredState = "running" | "paused" | "stopped" | "deleted";

/** What its node says of a machine; `pending` and `scheduled` are said before a node has it. */
export type ObservedState =
  | "pending"
  | "scheduled"
  | "preparing"
  | "starting"
  | "running"
  | "pausing"
  | "paused"
  | "stopping"
  | "stopped"
  | "failed"
  | "deleted";

/** What was seen last, and of which wish. */
export interface Observation {
  readonly state: ObservedState;
  /** Epoch milliseconds. */
  readonly at: number;
  /** The generation of the machine that this answers. */
  readonly generation: number;
  /** Why it failed. */
  readonly fault?: Fault | undefined;
}

/** When a machine's time is over, and what happens then. */
export interface Lifetime {
  /** Epoch milliseconds. Left out: never. */
  readonly expiresAt?: number | undefined;
  /** How long it was given last; a machine that is resumed gets as much again. */
  readonly ttlMs?: number | undefined;
  readonly onExpiry: "pause" | "stop" | "delete";
  /** Whether traffic, or a process that is started, resumes a machine that was paused or stopped. */
  readonly resumesOnTraffic: boolean;
}

/** What happens when a machine ends that should run. */
export interface RestartPolicy {
  readonly when: "never" | "on-failure";
  /** Restarts in a row; one that ran for ten minutes begins to count anew. */
  readonly max: number;
}

/** What a machine is started from, in place of its artifact alone. */
export interface MachineSource {
  /** The snapshot that it was made from; its own disk, kept by a stop, has none. */
  readonly snapshot?: string | undefined;
  readonly manifest: SnapshotManifest;
}

/** A handle as JSON: its opaque part in base64. */
export interface StoredHandle extends Omit<InstanceHandle, "state"> {
  readonly state: string;
}

/** The instance that stands for a machine on its node. */
export interface HeldInstance {
  readonly handle: StoredHandle;
  readonly startedAt: number;
}

/** A long-lived sandbox: what is wanted, what is so. */
export interface Machine {
  readonly id: string;
  readonly project: string;
  /** Counts the changes of this record. */
  readonly edition: number;
  readonly slot: string;
  /** Root file system or image. */
  readonly artifact: Digest;
  /** What the next start begins with. */
  readonly source?: MachineSource | undefined;
  readonly config: Readonly<Record<string, unknown>>;
  readonly caps: Caps;
  readonly env: Readonly<Record<string, string>>;
  readonly egress?: EgressPolicy | undefined;
  readonly start?: MachineStart | undefined;
  /** What it has of its project's volumes, from its first to its last day. */
  readonly volumes?: readonly MachineVolume[] | undefined;
  /** The node that its volumes are on: it goes nowhere else. */
  readonly home?: string | undefined;
  readonly labels: Readonly<Record<string, string>>;
  /** What a front door notes for itself; owners do not see it. */
  readonly annotations: Readonly<Record<string, string>>;
  readonly priority: number;
  readonly lifetime: Lifetime;
  readonly restart: RestartPolicy;
  readonly desired: DesiredState;
  /** Counts the changes of what is wanted. */
  readonly generation: number;
  readonly observed: Observation;
  /** The node that has it; left out while it waits for one, and while it needs none. */
  readonly node?: string | undefined;
  /** The node that had it before: it goes back there where there is room. */
  readonly lastNode?: string | undefined;
  /** The labels that its node must have. */
  readonly nodeLabels?: Readonly<Record<string, string>> | undefined;
  /** Since when it waits for a node, and why. */
  readonly waitsSince?: number | undefined;
  readonly waitsBecause?: string | undefined;
  /** Counts its nodes: what an earlier one says is refused. */
  readonly epoch: number;
  /** Counts its instances; with the id it is the key that the instance is created with. */
  readonly attempt: number;
  /** Restarts in a row. */
  readonly restarts: number;
  readonly instance?: HeldInstance | undefined;
  readonly createdAt: number;
  readonly startedAt?: number | undefined;
}

const desiredStates = ["running", "paused", "stopped", "deleted"] as const;
/** Every observed state, in the order of a machine's life. */
export const observedStates: readonly ObservedState[] = [
  "pending",
  "scheduled",
  "preparing",
  "starting",
  "running",
  "pausing",
  "paused",
  "stopping",
  "stopped",
  "failed",
  "deleted",
];

const digest = () => Type.Unsafe<Digest>(Type.String({ pattern: "^sha256:[0-9a-f]{64}$" }));
const texts = () => Type.Record(Type.String(), Type.String());
const optional = Type.Optional;

// Stored documents are written by this program alone: values that were checked where they came from
// (policies, faults, handles, manifests) are not taken apart again on every read.
const machineFields: Type.TProperties = {
  id: Type.String(),
  project: Type.String(),
  edition: Type.Integer({ minimum: 1 }),
  slot: Type.String(),
  artifact: digest(),
  source: optional(Type.Object({ snapshot: optional(Type.String()), manifest: Type.Object({}) })),
  config: Type.Record(Type.String(), Type.Unknown()),
  caps: Type.Unsafe(capsSchema.jsonSchema as object),
  env: texts(),
  egress: optional(Type.Object({ rules: Type.Array(Type.Object({})) })),
  start: optional(Type.Object({ command: Type.String() })),
  volumes: optional(Type.Array(Type.Object({ volume: Type.String() }))),
  home: optional(Type.String()),
  labels: texts(),
  annotations: texts(),
  priority: Type.Integer({ minimum: 0, maximum: 9 }),
  lifetime: Type.Object({
    expiresAt: optional(Type.Number()),
    ttlMs: optional(Type.Number()),
    onExpiry: Type.Enum(["pause", "stop", "delete"]),
    resumesOnTraffic: Type.Boolean(),
  }),
  restart: Type.Object({ when: Type.Enum(["never", "on-failure"]), max: Type.Integer() }),
  desired: Type.Enum(desiredStates),
  generation: Type.Integer({ minimum: 1 }),
  observed: Type.Object({
    state: Type.Enum([...observedStates]),
    at: Type.Number(),
    generation: Type.Integer(),
    fault: optional(Type.Object({ code: Type.String() })),
  }),
  node: optional(Type.String()),
  lastNode: optional(Type.String()),
  nodeLabels: optional(texts()),
  waitsSince: optional(Type.Number()),
  waitsBecause: optional(Type.String()),
  epoch: Type.Integer({ minimum: 0 }),
  attempt: Type.Integer({ minimum: 0 }),
  restarts: Type.Integer({ minimum: 0 }),
  instance: optional(
    Type.Object({ handle: Type.Object({ id: Type.String() }), startedAt: Type.Number() }),
  ),
  createdAt: Type.Number(),
  startedAt: optional(Type.Number()),
};

/** A machine as it is stored. */
export const machineSchema: Schema<Machine> = defineSchema(
  Type.Unsafe<Machine>(Type.Object(machineFields, { additionalProperties: false })),
);

/** True when nothing is on its way: the machine is as it is wanted, or failed to become so. */
export function isSettled({ desired, generation, observed }: Machine): boolean {
  if (observed.state === "failed") return observed.generation >= generation;
  return observed.state === desired;
}

import { defineSchema, type Schema, Type } from "@bedplate/schema";
import { type BytesView, digestType, type FaultView, faultViewType } from "./run-views.ts";

/** Bounds of a machine; whole numbers. */
export interface CapsView {
  readonly cpuMillis?: number | undefined;
  readonly memoryBytes?: number | undefined;
  readonly processes?: number | undefined;
  readonly diskBytes?: number | undefined;
  readonly inodes?: number | undefined;
  readonly egressBytesPerSecond?: number | undefined;
}

/** One rule of what may be reached; the first that matches decides. */
export interface EgressRuleView {
  readonly action: "allow" | "deny";
  readonly cidr?: string | undefined;
  readonly domain?: string | undefined;
  readonly ports?: { readonly from: number; readonly to: number } | undefined;
}

export interface EgressView {
  readonly rules: readonly EgressRuleView[];
  readonly otherwise: "allow" | "deny";
}

/** What a machine runs at its start, and how one tells that it can be used. */
export interface StartView {
  readonly command: string;
  /** Succeeds once the machine can be used; tried again until then. */
  readonly ready?: string | undefined;
  readonly readyMs?: number | undefined;
  /** Who runs both. Default: who runs what names nobody. */
  readonly user?: string | undefined;
}

/** A volume in a machine. */
export interface MachineVolumeView {
  readonly name: string;
  readonly path: string;
  /** Default: it writes, and nobody else has the volume. */
  readonly isReadOnly?: boolean | undefined;
}

/** What to make. */
export interface CreateMachineBody {
  /** Default: the server's standard slot for machines. */
  readonly slot?: string | undefined;
  /** An image as bytes, or the digest of a stored one. Default: the slot's standard image. */
  readonly artifact?: BytesView | { readonly digest: string } | undefined;
  /** `host`, `template:NAME[:TAG]`, `image:REFERENCE` or `artifact:DIGEST`, in place of an artifact. */
  readonly root?: string | undefined;
  /** A snapshot to begin with. */
  readonly snapshot?: string | undefined;
  readonly config?: Readonly<Record<string, unknown>> | undefined;
  readonly caps?: CapsView | undefined;
  readonly env?: Readonly<Record<string, string>> | undefined;
  /** What it may reach. Default: nothing. */
  readonly egress?: EgressView | undefined;
  /** What it runs each time it has booted. Default: what its template runs. */
  readonly start?: StartView | undefined;
  /** Volumes of the project; its snapshots and forks have none of them. */
  readonly volumes?: readonly MachineVolumeView[] | undefined;
  readonly labels?: Readonly<Record<string, string>> | undefined;
  /** The labels that its node must have. */
  readonly nodeLabels?: Readonly<Record<string, string>> | undefined;
  readonly priority?: number | undefined;
  readonly ttlMs?: number | undefined;
  readonly onExpiry?: "pause" | "stop" | "delete" | undefined;
  readonly resumesOnTraffic?: boolean | undefined;
  readonly restart?:
    | { readonly when: "never" | "on-failure"; readonly max?: number | undefined }
    | undefined;
}

export type DesiredView = "running" | "paused" | "stopped" | "deleted";

export type ObservedView =
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

export interface MachineView {
  readonly id: string;
  readonly project: string;
  readonly slot: string;
  readonly artifact: string;
  readonly snapshot?: string | undefined;
  readonly config: Readonly<Record<string, unknown>>;
  readonly caps: CapsView;
  /** The names of its variables; their values stay inside. */
  readonly env: readonly string[];
  readonly egress?: EgressView | undefined;
  readonly start?: StartView | undefined;
  readonly volumes?: readonly MachineVolumeView[] | undefined;
  readonly labels: Readonly<Record<string, string>>;
  readonly priority: number;
  readonly desired: DesiredView;
  readonly state: ObservedView;
  /** Epoch milliseconds. */
  readonly since: number;
  readonly fault?: FaultView | undefined;
  readonly restarts: number;
  readonly node?: string | undefined;
  readonly nodeLabels?: Readonly<Record<string, string>> | undefined;
  /** Why it has no node yet. */
  readonly waitsBecause?: string | undefined;
  readonly expiresAt?: number | undefined;
  readonly onExpiry: "pause" | "stop" | "delete";
  readonly resumesOnTraffic: boolean;
  readonly createdAt: number;
  readonly startedAt?: number | undefined;
}

export interface MachinePageView {
  readonly machines: readonly MachineView[];
  readonly next?: string | undefined;
}

/** How long to wait until it is as it is wanted. */
export interface MachineQuery {
  readonly waitMs?: number | undefined;
}

export interface MachineListQuery {
  readonly slot?: string | undefined;
  /** Several separated by commas. */
  readonly states?: string | undefined;
  /** `name=value`, several separated by commas. */
  readonly labels?: string | undefined;
  readonly limit?: number | undefined;
  readonly cursor?: string | undefined;
}

export interface ResumeBody {
  readonly ttlMs?: number | undefined;
}

export interface LifetimeBody {
  /** From now on; null: for ever. */
  readonly ttlMs?: number | null | undefined;
  readonly onExpiry?: "pause" | "stop" | "delete" | undefined;
  readonly resumesOnTraffic?: boolean | undefined;
}

export interface ForkBody {
  readonly count?: number | undefined;
  readonly ttlMs?: number | undefined;
  readonly labels?: Readonly<Record<string, string>> | undefined;
}

export interface MachineListView {
  readonly machines: readonly MachineView[];
}

const closed = { additionalProperties: false } as const;
const optional = Type.Optional;
const amount = () => optional(Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER }));
const waitMs = () => optional(Type.Integer({ minimum: 0, maximum: 60_000 }));
const ttl = () => Type.Integer({ minimum: 1, maximum: 365 * 24 * 60 * 60 * 1_000 });
const cursor = () => optional(Type.String({ maxLength: 4096 }));
const limit = () => optional(Type.Integer({ minimum: 1, maximum: 200 }));

/** Texts by name: labels, variables. */
export const textsType: Type.TUnsafe<Readonly<Record<string, string>>> = Type.Unsafe(
  Type.Record(Type.String({ pattern: "^[^\\0]{1,128}$" }), Type.String({ maxLength: 4096 }), {
    ...closed,
    maxProperties: 1024,
  }),
);

const capsType = Type.Unsafe<CapsView>(
  Type.Object(
    {
      cpuMillis: amount(),
      memoryBytes: amount(),
      processes: amount(),
      diskBytes: amount(),
      inodes: amount(),
      egressBytesPerSecond: amount(),
    },
    closed,
  ),
);

const port = () => Type.Integer({ minimum: 1, maximum: 65_535 });

const egressType = Type.Unsafe<EgressView>(
  Type.Object(
    {
      rules: Type.Array(
        Type.Object(
          {
            action: Type.Enum(["allow", "deny"]),
            cidr: optional(Type.String({ maxLength: 64 })),
            domain: optional(Type.String({ maxLength: 253 })),
            ports: optional(Type.Object({ from: port(), to: port() }, closed)),
          },
          closed,
        ),
        { maxItems: 1024 },
      ),
      otherwise: Type.Enum(["allow", "deny"]),
    },
    closed,
  ),
);

const expiryType = Type.Unsafe<"pause" | "stop" | "delete">(Type.Enum(["pause", "stop", "delete"]));

const startType = Type.Object(
  {
    command: commandType(),
    ready: optional(commandType()),
    readyMs: optional(Type.Integer({ minimum: 1, maximum: 5 * 60_000 })),
    user: optional(Type.String({ minLength: 1, maxLength: 64 })),
  },
  closed,
);

const volumeType = Type.Object(
  {
    name: Type.String({ pattern: "^[a-z0-9][a-z0-9-]{0,62}$" }),
    path: Type.String({ minLength: 2, maxLength: 1024 }),
    isReadOnly: optional(Type.Boolean()),
  },
  closed,
);

function commandType(): Type.TString {
  return Type.String({ minLength: 1, maxLength: 64 * 1024 });
}

export const createMachineSchema: Schema<CreateMachineBody> = defineSchema(
  Type.Object(
    {
      slot: optional(Type.String({ pattern: "^[a-z][a-z0-9-]{0,63}$" })),
      artifact: optional(
        Type.Union([
          Type.Object({ digest: digestType }, closed),
          Type.Object({ text: Type.String() }, closed),
          Type.Object({ base64: Type.String({ pattern: "^[A-Za-z0-9+/]*={0,2}$" }) }, closed),
        ]),
      ),
      root: optional(Type.String({ minLength: 1, maxLength: 1024 })),
      snapshot: optional(Type.String({ maxLength: 64 })),
      config: optional(Type.Record(Type.String(), Type.Unknown())),
      caps: optional(capsType),
      env: optional(textsType),
      egress: optional(egressType),
      start: optional(startType),
      volumes: optional(Type.Array(volumeType, { maxItems: 16 })),
      labels: optional(textsType),
      nodeLabels: optional(textsType),
      priority: optional(Type.Integer({ minimum: 0, maximum: 9 })),
      ttlMs: optional(ttl()),
      onExpiry: optional(expiryType),
      resumesOnTraffic: optional(Type.Boolean()),
      restart: optional(
        Type.Object(
          {
            when: Type.Union([Type.Literal("never"), Type.Literal("on-failure")]),
            max: optional(Type.Integer({ minimum: 0, maximum: 1000 })),
          },
          closed,
        ),
      ),
    },
    closed,
  ),
);

const machineType = Type.Unsafe<MachineView>(
  Type.Object({
    id: Type.String(),
    project: Type.String(),
    slot: Type.String(),
    artifact: digestType,
    snapshot: optional(Type.String()),
    config: Type.Record(Type.String(), Type.Unknown()),
    caps: capsType,
    env: Type.Array(Type.String()),
    egress: optional(egressType),
    start: optional(startType),
    volumes: optional(Type.Array(volumeType)),
    labels: textsType,
    priority: Type.Integer(),
    desired: Type.Enum(["running", "paused", "stopped", "deleted"]),
    state: Type.Enum([
      ..."pending scheduled preparing starting running pausing".split(" "),
      ..."paused stopping stopped failed deleted".split(" "),
    ]),
    since: Type.Number(),
    fault: optional(faultViewType),
    restarts: Type.Integer(),
    node: optional(Type.String()),
    nodeLabels: optional(textsType),
    waitsBecause: optional(Type.String()),
    expiresAt: optional(Type.Number()),
    onExpiry: expiryType,
    resumesOnTraffic: Type.Boolean(),
    createdAt: Type.Number(),
    startedAt: optional(Type.Number()),
  }),
);

export const machineViewSchema: Schema<MachineView> = defineSchema(machineType);

export const machinePageSchema: Schema<MachinePageView> = defineSchema(
  Type.Object({ machines: Type.Array(machineType), next: optional(Type.String()) }),
);

export const machineListSchema: Schema<MachineListView> = defineSchema(
  Type.Object({ machines: Type.Array(machineType) }),
);

export const machineQuerySchema: Schema<MachineQuery> = defineSchema(
  Type.Object({ waitMs: waitMs() }, closed),
);

export const machineListQuerySchema: Schema<MachineListQuery> = defineSchema(
  Type.Object(
    {
      slot: optional(Type.String({ maxLength: 64 })),
      states: optional(Type.String({ maxLength: 256 })),
      labels: optional(Type.String({ maxLength: 4096 })),
      limit: limit(),
      cursor: cursor(),
    },
    closed,
  ),
);

export const resumeSchema: Schema<ResumeBody> = defineSchema(
  Type.Object({ ttlMs: optional(ttl()) }, closed),
);

export const lifetimeSchema: Schema<LifetimeBody> = defineSchema(
  Type.Object(
    {
      ttlMs: optional(Type.Union([ttl(), Type.Null()])),
      onExpiry: optional(expiryType),
      resumesOnTraffic: optional(Type.Boolean()),
    },
    closed,
  ),
);

export const capsSchema: Schema<CapsView> = defineSchema(capsType);

export const egressSchema: Schema<EgressView> = defineSchema(egressType);

export const forkSchema: Schema<ForkBody> = defineSchema(
  Type.Object(
    {
      count: optional(Type.Integer({ minimum: 1, maximum: 32 })),
      ttlMs: optional(ttl()),
      labels: optional(textsType),
    },
    closed,
  ),
);

import { defineSchema, type Schema, Type } from "@bedplate/schema";

export interface CaptureBody {
  /** `files`: its disk; `machine`: memory and processes as well. Default: all that can be captured. */
  readonly scope?: "files" | "machine" | undefined;
  readonly name?: string | undefined;
}

export interface MachineSnapshotView {
  readonly id: string;
  readonly machine: string;
  readonly name?: string | undefined;
  readonly slot: string;
  readonly scope: "files" | "machine";
  readonly bytes: number;
  readonly createdAt: number;
}

export interface MachineSnapshotPageView {
  readonly snapshots: readonly MachineSnapshotView[];
  readonly next?: string | undefined;
}

export interface MachineSnapshotQuery {
  readonly machine?: string | undefined;
  readonly name?: string | undefined;
  readonly limit?: number | undefined;
  readonly cursor?: string | undefined;
}

export interface OpenPortBody {
  /** Whether it needs no token. Default: false. */
  readonly isPublic?: boolean | undefined;
}

/** A way to a port of a machine. */
export interface PortView {
  readonly port: number;
  /** Where the server's host reaches it: `host:port`. */
  readonly address: string;
  /** Where clients reach it; left out where the server has no ingress. */
  readonly url?: string | undefined;
  /** What a request has to bring in `x-bedplate-token`, or in the cookie of that name; shown once. */
  readonly token?: string | undefined;
}

export interface MachineEventQuery {
  /** Only later ones than this event. */
  readonly after?: string | undefined;
  readonly follow?: boolean | undefined;
}

export interface MachineEventView {
  readonly id: string;
  readonly machine: string;
  readonly kind: string;
  readonly at: number;
  readonly detail: Readonly<Record<string, string | number | boolean>>;
}

export interface MetricsQuery {
  /** Epoch milliseconds. */
  readonly from?: number | undefined;
  readonly to?: number | undefined;
}

export interface ResourceView {
  readonly at: number;
  readonly cpuMs: number;
  readonly memoryBytes: number;
  readonly cacheBytes?: number | undefined;
  readonly processes?: number | undefined;
  readonly diskBytes?: number | undefined;
  readonly egressBytes?: number | undefined;
  readonly ingressBytes?: number | undefined;
}

export interface MetricsView {
  readonly samples: readonly ResourceView[];
}

const closed = { additionalProperties: false } as const;
const optional = Type.Optional;
const amount = () => optional(Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER }));
const scopeType = Type.Unsafe<"files" | "machine">(Type.Enum(["files", "machine"]));

export const openPortSchema: Schema<OpenPortBody> = defineSchema(
  Type.Object({ isPublic: optional(Type.Boolean()) }, closed),
);

export const portSchema: Schema<PortView> = defineSchema(
  Type.Object({
    port: Type.Integer(),
    address: Type.String(),
    url: optional(Type.String()),
    token: optional(Type.String()),
  }),
);

export const captureSchema: Schema<CaptureBody> = defineSchema(
  Type.Object(
    { scope: optional(scopeType), name: optional(Type.String({ minLength: 1, maxLength: 256 })) },
    closed,
  ),
);

const snapshotType = Type.Object({
  id: Type.String(),
  machine: Type.String(),
  name: optional(Type.String()),
  slot: Type.String(),
  scope: scopeType,
  bytes: Type.Integer(),
  createdAt: Type.Number(),
});

export const machineSnapshotSchema: Schema<MachineSnapshotView> = defineSchema(snapshotType);

export const machineSnapshotPageSchema: Schema<MachineSnapshotPageView> = defineSchema(
  Type.Object({ snapshots: Type.Array(snapshotType), next: optional(Type.String()) }),
);

export const machineSnapshotQuerySchema: Schema<MachineSnapshotQuery> = defineSchema(
  Type.Object(
    {
      machine: optional(Type.String({ maxLength: 64 })),
      name: optional(Type.String({ maxLength: 256 })),
      limit: optional(Type.Integer({ minimum: 1, maximum: 200 })),
      cursor: optional(Type.String({ maxLength: 4096 })),
    },
    closed,
  ),
);

export const machineEventQuerySchema: Schema<MachineEventQuery> = defineSchema(
  Type.Object(
    { after: optional(Type.String({ maxLength: 64 })), follow: optional(Type.Boolean()) },
    closed,
  ),
);

export const machineEventSchema: Schema<MachineEventView> = defineSchema(
  Type.Object({
    id: Type.String(),
    machine: Type.String(),
    kind: Type.String(),
    at: Type.Number(),
    detail: Type.Record(Type.String(), Type.Union([Type.String(), Type.Number(), Type.Boolean()])),
  }),
);

export const metricsQuerySchema: Schema<MetricsQuery> = defineSchema(
  Type.Object({ from: amount(), to: amount() }, closed),
);

const number = () => optional(Type.Number());

export const metricsSchema: Schema<MetricsView> = defineSchema(
  Type.Object({
    samples: Type.Array(
      Type.Object({
        at: Type.Number(),
        cpuMs: Type.Number(),
        memoryBytes: Type.Number(),
        cacheBytes: number(),
        processes: number(),
        diskBytes: number(),
        egressBytes: number(),
        ingressBytes: number(),
      }),
    ),
  }),
);

import { type Fault, faultTextMax } from "@bedplate/errors";
import { defineSchema, type Schema, Type } from "@bedplate/schema";
import type { Budget, Usage } from "../budget.ts";
import type { Caps, ResourceUse } from "../caps.ts";
import type { Exit } from "../exit.ts";
import type { EgressPolicy } from "../facets/egress.ts";
import type { Constraint, SnapshotManifest } from "../facets/snapshot.ts";
import type { InstanceHandle, InstanceSpec, InstanceStatus } from "../instance-driver.ts";
import type { VolumeMount } from "../volumes.ts";
import { amount, bytes, digest, json, oneOf, part, text } from "./schema-parts.ts";

// Objects on the wire are open: a later minor may add members, which an older side carries on
// unread. What must be understood is named in `Call.critical`.

const meter = () => Type.Optional(amount());

/** A budget; the gate, not the wire, refuses amounts that make no sense. */
export const wireBudgetSchema: Schema<Budget> = defineSchema(
  Type.Object({
    fuel: meter(),
    wallMs: Type.Optional(Type.Number({ minimum: 0 })),
    cpuMs: Type.Optional(Type.Number({ minimum: 0 })),
    memoryBytes: meter(),
    outputBytes: meter(),
    depth: meter(),
  }),
);

/** A budget, and the bounds that only a machine has. */
export const wireCapsSchema: Schema<Caps> = defineSchema(
  Type.Object({
    fuel: meter(),
    wallMs: Type.Optional(Type.Number({ minimum: 0 })),
    cpuMs: Type.Optional(Type.Number({ minimum: 0 })),
    memoryBytes: meter(),
    outputBytes: meter(),
    depth: meter(),
    cpuMillis: meter(),
    processes: meter(),
    diskBytes: meter(),
    inodes: meter(),
    egressBytesPerSecond: meter(),
  }),
);

export const resourceUseSchema: Schema<ResourceUse> = defineSchema(
  Type.Object({
    at: Type.Number(),
    cpuMs: Type.Number(),
    memoryBytes: Type.Number(),
    cacheBytes: Type.Optional(Type.Number()),
    processes: Type.Optional(Type.Number()),
    diskBytes: Type.Optional(Type.Number()),
    egressBytes: Type.Optional(Type.Number()),
    ingressBytes: Type.Optional(Type.Number()),
  }),
);

const port = () => Type.Integer({ minimum: 0, maximum: 65_535 });

/** A policy; the gate, not the wire, refuses rules that make no sense. */
export const egressPolicySchema: Schema<EgressPolicy> = defineSchema(
  Type.Object({
    rules: Type.Array(
      Type.Object({
        action: oneOf("allow", "deny"),
        cidr: Type.Optional(text(64)),
        domain: Type.Optional(text(255)),
        ports: Type.Optional(Type.Object({ from: port(), to: port() })),
      }),
      { maxItems: 4096 },
    ),
    otherwise: oneOf("allow", "deny"),
  }),
);

/** What was used. Fuel is judged by the gate, so that a bad amount is named as the plug-in's bug. */
export const usageSchema: Schema<Usage> = defineSchema(
  Type.Object({
    fuel: Type.Number(),
    wallMs: Type.Number(),
    cpuMs: Type.Number(),
    memoryBytes: Type.Number(),
    outputBytes: Type.Number(),
  }),
);

export const exitSchema: Schema<Exit> = defineSchema(
  Type.Object({
    code: Type.Union([Type.Integer(), Type.Null()]),
    signal: Type.Union([text(32), Type.Null()]),
    isOutOfMemory: Type.Boolean(),
    isTimedOut: Type.Optional(Type.Boolean()),
    at: Type.Number(),
  }),
);

/** How deep causes may go before a fault is refused. */
const causesDepthMax = 8;

/** A fault as data. Any code passes: one that is not registered here is handled by its kind. */
export const faultSchema: Schema<Fault> = defineSchema(
  Type.Unsafe<Fault>(
    Type.Object({
      code: Type.String({ minLength: 1, maxLength: 128 }),
      kind: oneOf(
        ...(["invalid", "not_found", "exists", "precondition", "conflict", "denied"] as const),
        ...(["unauthenticated", "exhausted", "timeout", "cancelled", "unavailable"] as const),
        ...(["unsupported", "incompatible", "corrupt", "internal"] as const),
      ),
      effect: oneOf("none", "partial", "applied", "unknown"),
      retry: oneOf("never", "same", "backoff", "refresh", "elsewhere"),
      retryAfterMs: Type.Optional(Type.Number({ minimum: 0 })),
      blame: oneOf("caller", "guest", "plugin", "provider", "host", "operator"),
      op: text(128),
      subject: Type.Optional(text(512)),
      detail: json<Readonly<Record<string, unknown>>>(),
      message: text(faultTextMax),
      causes: Type.Refine(
        Type.Array(json<Fault>(), { maxItems: 16 }),
        areFaults,
        () => `must be faults, at most ${causesDepthMax} deep`,
      ),
    }),
  ),
);

/** A cause is a fault again; said in code, as the schema's text would repeat itself at each depth. */
function areFaults(causes: readonly unknown[]): boolean {
  return causesDepth(causes, causesDepthMax) <= causesDepthMax && causes.every(faultSchema.accepts);
}

function causesDepth(causes: unknown, depthMax: number): number {
  if (!Array.isArray(causes) || causes.length === 0) return 0;
  if (depthMax === 0) return Number.POSITIVE_INFINITY;
  const inner = causes.map((each: { readonly causes?: unknown } | null) =>
    causesDepth(each?.causes, depthMax - 1),
  );
  return 1 + Math.max(...inner);
}

export const handleSchema: Schema<InstanceHandle> = defineSchema(
  Type.Object({
    id: text(256),
    key: text(512),
    release: digest(),
    owner: text(256),
    incarnation: text(256),
    state: bytes(),
  }),
);

export const statusSchema: Schema<InstanceStatus> = defineSchema(
  Type.Object({
    phase: oneOf("created", "running", "paused", "stopped", "failed", "lost", "released"),
    sinceAt: Type.Number(),
    exit: Type.Optional(part(exitSchema)),
    fault: Type.Optional(part(faultSchema)),
    usage: part(usageSchema),
    resources: Type.Optional(part(resourceUseSchema)),
  }),
);

export const constraintSchema: Schema<Constraint> = defineSchema(
  Type.Object({
    what: oneOf("cpu", "kernel", "engine", "device", "network", "file", "format"),
    needs: text(512),
  }),
);

/** Most chunks of one snapshot. */
export const snapshotChunksMax = 65_536;

export const snapshotManifestSchema: Schema<SnapshotManifest> = defineSchema(
  Type.Object({
    scope: oneOf("files", "machine", "layer"),
    format: Type.Object({ name: text(128), major: amount(), minor: amount() }),
    by: Type.Object({ plugin: digest(), engine: text(256) }),
    requires: Type.Array(part(constraintSchema), { maxItems: 256 }),
    chunks: Type.Array(Type.Object({ digest: digest(), bytes: amount() }), {
      maxItems: snapshotChunksMax,
    }),
    clones: oneOf("single", "many"),
    hasEnv: Type.Boolean(),
  }),
);

/** A mount; the gate, not the wire, refuses names and places that make no sense. */
export const volumeMountSchema: Schema<VolumeMount> = defineSchema(
  Type.Object({
    volume: text(256),
    path: text(),
    isReadOnly: Type.Boolean(),
    bytes: Type.Number(),
  }),
);

export const specSchema: Schema<InstanceSpec> = defineSchema(
  Type.Object({
    artifact: digest(),
    from: Type.Optional(part(snapshotManifestSchema)),
    config: json<Readonly<Record<string, unknown>>>(),
    caps: part(wireCapsSchema),
    labels: Type.Record(Type.String(), Type.String()),
    env: Type.Optional(Type.Record(Type.String(), Type.String())),
    egress: Type.Optional(part(egressPolicySchema)),
    volumes: Type.Optional(Type.Array(part(volumeMountSchema), { maxItems: 256 })),
  }),
);

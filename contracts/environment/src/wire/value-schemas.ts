import { type Fault, faultTextMax } from "@bedplate/errors";
import { defineSchema, type Schema, Type } from "@bedplate/schema";
import type { Budget, Usage } from "../budget.ts";
import type { Exit } from "../exit.ts";
import type { SnapshotManifest } from "../facets/snapshot.ts";
import type { InstanceHandle, InstanceSpec, InstanceStatus } from "../instance-driver.ts";
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
  }),
);

export const snapshotManifestSchema: Schema<SnapshotManifest> = defineSchema(
  Type.Object({
    format: Type.Object({ name: text(128), major: amount(), minor: amount() }),
    by: Type.Object({ plugin: digest(), engine: text(256) }),
    requires: Type.Array(
      Type.Object({
        what: oneOf("cpu", "kernel", "engine", "device", "network", "file", "format"),
        needs: text(512),
      }),
      { maxItems: 256 },
    ),
    parent: Type.Optional(digest()),
    chunks: Type.Array(Type.Object({ digest: digest(), bytes: amount() }), { maxItems: 65_536 }),
    clones: oneOf("single", "many"),
  }),
);

export const specSchema: Schema<InstanceSpec> = defineSchema(
  Type.Object({
    artifact: digest(),
    from: Type.Optional(part(snapshotManifestSchema)),
    config: json<Readonly<Record<string, unknown>>>(),
    caps: part(wireBudgetSchema),
    labels: Type.Record(Type.String(), Type.String()),
  }),
);

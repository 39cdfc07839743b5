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

const faultAtDepth = (depth: number): Type.TUnsafe<Fault> =>
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
      causes: Type.Array(depth === 0 ? Type.Never() : faultAtDepth(depth - 1), { maxItems: 16 }),
    }),
  );

/** A fault as data. Any code passes: one that is not registered here is handled by its kind. */
export const faultSchema: Schema<Fault> = defineSchema(faultAtDepth(causesDepthMax));

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

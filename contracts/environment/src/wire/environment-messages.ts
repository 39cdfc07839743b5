import type { Digest } from "@bedplate/codec";
import { defineSchema, type Schema, Type } from "@bedplate/schema";
import type { Admission, Fingerprint } from "../environment-driver.ts";
import type {
  InstanceHandle,
  InstanceSpec,
  InstanceStatus,
  StopOptions,
} from "../instance-driver.ts";
import type { Manifest } from "../manifest.ts";
import { manifestSchema } from "../manifest-schema.ts";
import { amount, digest, json, oneOf, part, text } from "./schema-parts.ts";
import { handleSchema, specSchema, statusSchema, wireBudgetSchema } from "./value-schemas.ts";

/** A message without members. */
export type Empty = Readonly<Record<string, unknown>>;

export const emptySchema: Schema<Empty> = defineSchema(Type.Unsafe<Empty>(Type.Object({})));

export interface DescribeResponse {
  readonly manifest: Manifest;
}

export const describeResponseSchema: Schema<DescribeResponse> = defineSchema(
  Type.Object({ manifest: part(manifestSchema) }),
);

export interface OpenRequest {
  readonly owner: string;
  readonly granted: readonly string[];
  /** Fits the manifest's `configSchema`. */
  readonly config: Readonly<Record<string, unknown>>;
}

export const openRequestSchema: Schema<OpenRequest> = defineSchema(
  Type.Object({
    owner: text(256),
    granted: Type.Array(text(256), { maxItems: 256 }),
    config: json<Readonly<Record<string, unknown>>>(),
  }),
);

export const fingerprintSchema: Schema<Fingerprint> = defineSchema(
  Type.Object({
    isHealthy: Type.Boolean(),
    reason: Type.Optional(text()),
    room: Type.Intersect([
      part(wireBudgetSchema),
      Type.Object({ instances: Type.Optional(amount()) }),
    ]),
  }),
);

export interface AdmitRequest {
  readonly artifact: Digest;
}

export const admitRequestSchema: Schema<AdmitRequest> = defineSchema(
  Type.Object({ artifact: digest() }),
);

export const admissionSchema: Schema<Admission> = defineSchema(
  Type.Union([
    Type.Object({
      isAdmitted: Type.Literal(true),
      instructionSet: text(128),
      entries: Type.Array(text(1024), { maxItems: 65_536 }),
      signatures: Type.Optional(Type.Record(Type.String(), text())),
      batch: Type.Optional(Type.Object({ opens: text(1024), closes: text(1024) })),
    }),
    Type.Object({ isAdmitted: Type.Literal(false), reason: text() }),
  ]),
);

export interface CreateRequest {
  readonly spec: InstanceSpec;
}

export const createRequestSchema: Schema<CreateRequest> = defineSchema(
  Type.Object({ spec: part(specSchema) }),
);

/** An instance as the other side names it. */
export interface InstanceRef {
  /** What later messages call it; chosen by the plug-in, unique for the life of the connection. */
  readonly instance: string;
  readonly handle: InstanceHandle;
  /** The facets that it has. Left out: those that the manifest declares. */
  readonly facets?: readonly string[] | undefined;
}

export const instanceRefSchema: Schema<InstanceRef> = defineSchema(
  Type.Object({
    instance: text(256),
    handle: part(handleSchema),
    facets: Type.Optional(Type.Array(text(64), { maxItems: 64 })),
  }),
);

export interface RecoverRequest {
  readonly handle: InstanceHandle;
}

export const recoverRequestSchema: Schema<RecoverRequest> = defineSchema(
  Type.Object({ handle: part(handleSchema) }),
);

export interface RecoverResponse {
  readonly found: "alive" | "ended" | "absent" | "foreign";
  readonly alive?: InstanceRef | undefined;
  readonly status?: InstanceStatus | undefined;
}

export const recoverResponseSchema: Schema<RecoverResponse> = defineSchema(
  Type.Object({
    found: oneOf("alive", "ended", "absent", "foreign"),
    alive: Type.Optional(part(instanceRefSchema)),
    status: Type.Optional(part(statusSchema)),
  }),
);

/** A message about one instance, without more. */
export interface InstanceRequest {
  readonly instance: string;
}

export const instanceRequestSchema: Schema<InstanceRequest> = defineSchema(
  Type.Object({ instance: text(256) }),
);

export interface StopRequest extends InstanceRequest {
  readonly how: StopOptions;
}

export const stopRequestSchema: Schema<StopRequest> = defineSchema(
  Type.Object({
    instance: text(256),
    how: Type.Object({
      graceMs: Type.Number({ minimum: 0 }),
      signal: Type.Optional(text(32)),
    }),
  }),
);

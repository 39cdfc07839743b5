import { defineSchema, type Schema, Type } from "@bedplate/schema";
import type { Caps } from "../caps.ts";
import type { EgressPolicy } from "../facets/egress.ts";
import type { Endpoint, ServeRequest } from "../facets/serve.ts";
import type { Constraint, SnapshotManifest, SnapshotScope } from "../facets/snapshot.ts";
import type { InstanceRequest } from "./environment-messages.ts";
import { oneOf, part, text } from "./schema-parts.ts";
import {
  constraintSchema,
  egressPolicySchema,
  snapshotManifestSchema,
  wireCapsSchema,
} from "./value-schemas.ts";

const instance = text(256);
const port = Type.Integer({ minimum: 0, maximum: 65_535 });
const protocol = oneOf("tcp", "udp", "http", "h2");

export type WireServeRequest = InstanceRequest & ServeRequest;

export const serveRequestSchema: Schema<WireServeRequest> = defineSchema(
  Type.Object({ instance, port, protocol }),
);

export const endpointSchema: Schema<Endpoint> = defineSchema(
  Type.Object({ port, protocol, address: text(512) }),
);

export interface SetEgressRequest extends InstanceRequest {
  readonly policy: EgressPolicy;
}

export const setEgressRequestSchema: Schema<SetEgressRequest> = defineSchema(
  Type.Object({ instance, policy: part(egressPolicySchema) }),
);

export interface ResizeRequest extends InstanceRequest {
  readonly to: Caps;
}

export const resizeRequestSchema: Schema<ResizeRequest> = defineSchema(
  Type.Object({ instance, to: part(wireCapsSchema) }),
);

export interface WireCaptureRequest extends InstanceRequest {
  readonly scope: SnapshotScope;
  /** Where the chunks go, as `PushChunk` calls it. */
  readonly sink: string;
  readonly parent?: SnapshotManifest | undefined;
}

export const captureRequestSchema: Schema<WireCaptureRequest> = defineSchema(
  Type.Object({
    instance,
    scope: oneOf("files", "machine", "layer"),
    sink: text(64),
    parent: Type.Optional(part(snapshotManifestSchema)),
  }),
);

export interface AssessRequest {
  readonly snapshot: SnapshotManifest;
}

export const assessRequestSchema: Schema<AssessRequest> = defineSchema(
  Type.Object({ snapshot: part(snapshotManifestSchema) }),
);

export interface AssessResponse {
  readonly unmet: readonly Constraint[];
}

export const assessResponseSchema: Schema<AssessResponse> = defineSchema(
  Type.Object({ unmet: Type.Array(part(constraintSchema), { maxItems: 256 }) }),
);

/** A volume, by its name. */
export interface VolumeRef {
  readonly volume: string;
}

export const volumeRefSchema: Schema<VolumeRef> = defineSchema(Type.Object({ volume: text(256) }));

import type { Digest } from "@bedplate/codec";
import type { Manifest, Permission } from "@bedplate/environment";
import { defineSchema, type Schema, Type } from "@bedplate/schema";
import { type ReleaseOrigin, releaseOriginSchema } from "./origin.ts";

/** Names one build of an environment. */
export interface ReleaseRef {
  readonly name: string;
  readonly version: string;
  readonly build: Digest;
}

/** What is stored of a release. */
export interface ReleaseRecord extends ReleaseRef {
  readonly phase: "registered" | "retired";
  /** Permissions that were granted when it was registered. */
  readonly grants: readonly Permission[];
  readonly registeredAt: number;
  readonly registeredBy: string;
  /** What mounts it again, for a release that did not come with the distribution. */
  readonly plugin?: RecordedPlugin | undefined;
}

/** A plug-in as it was reviewed. */
export interface RecordedPlugin {
  readonly origin: ReleaseOrigin;
  readonly manifest: Manifest;
  readonly config: Readonly<Record<string, unknown>>;
}

/** `name@version`: the text that people write; unique among registered releases. */
export function releaseId(ref: { readonly name: string; readonly version: string }): string {
  return `${ref.name}@${ref.version}`;
}

export const namePattern = "^[a-z][a-z0-9-]{0,63}$";
export const versionPattern = "^\\d+\\.\\d+\\.\\d+([-+][0-9A-Za-z.-]+)?$";

const digest = () => Type.Unsafe<Digest>(Type.String({ pattern: "^sha256:[0-9a-f]{64}$" }));

export const releaseRefFields: {
  readonly name: Type.TString;
  readonly version: Type.TString;
  readonly build: Type.TUnsafe<Digest>;
} = {
  name: Type.String({ pattern: namePattern }),
  version: Type.String({ pattern: versionPattern, maxLength: 64 }),
  build: digest(),
};

export const releaseRefSchema: Schema<ReleaseRef> = defineSchema(
  Type.Object({ ...releaseRefFields }, { additionalProperties: false }),
);

// The manifest was checked by its own schema when it came.
const recordedPluginType = Type.Object(
  {
    origin: Type.Unsafe<ReleaseOrigin>(releaseOriginSchema.jsonSchema as object),
    manifest: Type.Unsafe<Manifest>(Type.Object({ plugin: Type.Object({}) })),
    config: Type.Record(Type.String(), Type.Unknown()),
  },
  { additionalProperties: false },
);

export const releaseRecordSchema: Schema<ReleaseRecord> = defineSchema(
  Type.Object(
    {
      ...releaseRefFields,
      phase: Type.Union([Type.Literal("registered"), Type.Literal("retired")]),
      grants: Type.Array(Type.Unsafe<Permission>(Type.String({ maxLength: 128 })), {
        maxItems: 64,
      }),
      registeredAt: Type.Integer(),
      registeredBy: Type.String(),
      plugin: Type.Optional(recordedPluginType),
    },
    { additionalProperties: false },
  ),
);

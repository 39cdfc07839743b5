import type { Digest } from "@bedplate/codec";
import { defineSchema, type Schema, Type } from "@bedplate/schema";

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
  readonly grants: readonly string[];
  readonly registeredAt: number;
  readonly registeredBy: string;
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

export const releaseRecordSchema: Schema<ReleaseRecord> = defineSchema(
  Type.Object(
    {
      ...releaseRefFields,
      phase: Type.Union([Type.Literal("registered"), Type.Literal("retired")]),
      grants: Type.Array(Type.String({ maxLength: 128 }), { maxItems: 64 }),
      registeredAt: Type.Integer(),
      registeredBy: Type.String(),
    },
    { additionalProperties: false },
  ),
);

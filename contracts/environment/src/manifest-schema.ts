import { defineSchema, type JsonSchema, type Schema, Type } from "@bedplate/schema";
import { facetParamsSchema } from "./facets/facet-params-schema.ts";
import type { Permission } from "./host-port.ts";
import type { Manifest } from "./manifest.ts";
import { profileSchema } from "./profile.ts";
import { digest, json, oneOf, part, text } from "./wire/schema-parts.ts";

const version = Type.Object({
  major: Type.Integer({ minimum: 0 }),
  minor: Type.Integer({ minimum: 0 }),
  surface: digest(),
});

const feature = Type.Object({
  name: text(128),
  stage: oneOf("alpha", "beta", "stable", "deprecated"),
  isOn: Type.Boolean(),
  isLocked: Type.Boolean(),
  since: text(32),
  removeBy: Type.Optional(text(32)),
  use: Type.Optional(text(256)),
});

const provenance = Type.Object({
  source: Type.Object({ repository: text(512), commit: text(128) }),
  builder: text(512),
  materials: Type.Array(digest(), { maxItems: 4096 }),
  signatures: Type.Array(Type.Object({ keyId: text(256), value: text(256) }), { maxItems: 16 }),
});

/** A manifest that comes from outside: from a file, or from the plug-in itself. */
export const manifestSchema: Schema<Manifest> = defineSchema(
  Type.Object({
    plugin: Type.Object({
      name: Type.String({ pattern: "^[a-z][a-z0-9-]{0,63}$" }),
      version: Type.String({ minLength: 1, maxLength: 64 }),
      build: digest(),
    }),
    speaks: Type.Array(
      Type.Object({
        name: text(64),
        versions: Type.Array(version, { minItems: 1, maxItems: 32 }),
      }),
      { maxItems: 32 },
    ),
    profile: part(profileSchema),
    declares: part(facetParamsSchema),
    configSchema: json<JsonSchema>(),
    instanceSchema: json<JsonSchema>(),
    dependsOn: Type.Array(
      Type.Object({ name: text(64), range: text(128), isOptional: Type.Boolean() }),
      { maxItems: 64 },
    ),
    wants: Type.Array(Type.Unsafe<Permission>(text(256)), { maxItems: 64 }),
    features: Type.Array(feature, { maxItems: 256 }),
    recognises: Type.Array(
      Type.Object({
        extension: Type.Optional(text(32)),
        magic: Type.Optional(Type.String({ pattern: "^([0-9a-f]{2}){1,64}$" })),
      }),
      { maxItems: 64 },
    ),
    provenance: Type.Optional(provenance),
  }),
);

import { defineSchema, type Schema, Type } from "@bedplate/schema";

/** Names bytes by their digest, and says what they are. */
export interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
  readonly platform?: Platform | undefined;
  readonly annotations?: Readonly<Record<string, string>> | null | undefined;
}

/** What machine an image is for. */
export interface Platform {
  readonly architecture: string;
  readonly os: string;
  readonly variant?: string | undefined;
}

/** Several images under one name. */
export interface ImageIndex {
  readonly manifests: readonly Descriptor[];
}

export interface ImageManifest {
  readonly config: Descriptor;
  readonly layers: readonly Descriptor[];
}

/** The members of an image's config that are used here. */
export interface ImageConfig {
  readonly rootfs: { readonly diff_ids: readonly string[] };
  readonly config?: ProcessConfig | null | undefined;
}

export interface ProcessConfig {
  readonly Env?: readonly string[] | null | undefined;
  readonly User?: string | null | undefined;
  readonly WorkingDir?: string | null | undefined;
  readonly Entrypoint?: readonly string[] | null | undefined;
  readonly Cmd?: readonly string[] | null | undefined;
}

/** Most layers of one image; more cannot be told apart from an attack. */
export const layersMax = 127;

/** Most images of one index. */
const manifestsMax = 128;

/** Largest index, manifest or config. */
export const documentBytesMax: number = 4 * 1024 * 1024;

/** What a digest looks like; no other hash is taken. */
export const digestPattern = "^sha256:[0-9a-f]{64}$";

const digest = () => Type.String({ pattern: digestPattern });
const maybe = <T extends Parameters<typeof Type.Optional>[0]>(type: T) =>
  Type.Optional(Type.Union([Type.Null(), type]));
const words = () => maybe(Type.Array(Type.String({ maxLength: 65_536 }), { maxItems: 1024 }));

const descriptor = Type.Object({
  mediaType: Type.String({ maxLength: 256 }),
  digest: digest(),
  size: Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER }),
  platform: Type.Optional(
    Type.Object({
      architecture: Type.String({ maxLength: 128 }),
      os: Type.String({ maxLength: 128 }),
      variant: Type.Optional(Type.String({ maxLength: 128 })),
    }),
  ),
  annotations: maybe(Type.Record(Type.String(), Type.String())),
});

export const indexSchema: Schema<ImageIndex> = defineSchema(
  Type.Object({ manifests: Type.Array(descriptor, { minItems: 1, maxItems: manifestsMax }) }),
) as Schema<ImageIndex>;

export const manifestSchema: Schema<ImageManifest> = defineSchema(
  Type.Object({ config: descriptor, layers: Type.Array(descriptor, { maxItems: layersMax }) }),
) as Schema<ImageManifest>;

export const configSchema: Schema<ImageConfig> = defineSchema(
  Type.Object({
    rootfs: Type.Object({ diff_ids: Type.Array(digest(), { maxItems: layersMax }) }),
    config: maybe(
      Type.Object({
        Env: words(),
        User: maybe(Type.String({ maxLength: 256 })),
        WorkingDir: maybe(Type.String({ maxLength: 4096 })),
        Entrypoint: words(),
        Cmd: words(),
      }),
    ),
  }),
) as Schema<ImageConfig>;

import { defineSchema, type Schema, Type } from "@bedplate/schema";
import { digestPattern, layersMax } from "./image-documents.ts";

/**
 * A root file system as an artifact: what it stands on, its layers from the lowest one, and what
 * programs in it begin with. It is small; the bytes of layers are blobs of their own.
 */
export interface LayeredRoot {
  readonly root: "layers";
  /** Under the lowest layer: nothing, or the programs of the host that runs the machine. */
  readonly base: "none" | "host";
  readonly layers: readonly LayerBlobs[];
  readonly config: RootConfig;
}

/** A layer as it is stored: one archive in parts, each a blob. */
export interface LayerBlobs {
  /** Digest of the archive without compression: what the layer is. */
  readonly diffId: string;
  readonly compression: Compression;
  readonly parts: readonly BlobPart[];
}

export interface BlobPart {
  readonly digest: string;
  readonly bytes: number;
}

export type Compression = "none" | "gzip" | "zstd";

/** What programs of a root begin with, where their starter says nothing else. */
export interface RootConfig {
  readonly env: Readonly<Record<string, string>>;
  /** A name or number, with a group behind a colon where there is one. */
  readonly user?: string | undefined;
  readonly workdir?: string | undefined;
  readonly entrypoint?: readonly string[] | undefined;
  readonly cmd?: readonly string[] | undefined;
}

/** Largest description. */
export const rootDescriptionBytesMax: number = 4 * 1024 * 1024;

/** Largest part of a layer: it is held in memory as a whole. */
export const layerPartBytes: number = 8 * 1024 * 1024;

/** Most parts of one layer. */
export const layerPartsMax = 16_384;

const closed = { additionalProperties: false } as const;
const digest = () => Type.String({ pattern: digestPattern });
const words = () =>
  Type.Optional(Type.Array(Type.String({ maxLength: 65_536 }), { maxItems: 1024 }));

/** What a config holds. */
export const rootConfigType: Type.TUnsafe<RootConfig> = Type.Unsafe<RootConfig>(
  Type.Object(
    {
      env: Type.Record(Type.String({ maxLength: 4096 }), Type.String({ maxLength: 65_536 })),
      user: Type.Optional(Type.String({ maxLength: 256 })),
      workdir: Type.Optional(Type.String({ maxLength: 4096 })),
      entrypoint: words(),
      cmd: words(),
    },
    closed,
  ),
);

/** The parts of one layer, in their order. */
export const blobPartsType: Type.TUnsafe<readonly BlobPart[]> = Type.Unsafe<readonly BlobPart[]>(
  Type.Array(
    Type.Object(
      { digest: digest(), bytes: Type.Integer({ minimum: 1, maximum: 16 * 1024 * 1024 }) },
      closed,
    ),
    { maxItems: layerPartsMax },
  ),
);

/** How the blobs of one layer are told. */
export const layerBlobsType: Type.TUnsafe<LayerBlobs> = Type.Unsafe<LayerBlobs>(
  Type.Object(
    {
      diffId: digest(),
      compression: Type.Union([Type.Literal("none"), Type.Literal("gzip"), Type.Literal("zstd")]),
      parts: blobPartsType,
    },
    closed,
  ),
);

/** Checks a description. */
export const layeredRootSchema: Schema<LayeredRoot> = defineSchema(
  Type.Object(
    {
      root: Type.Literal("layers"),
      base: Type.Union([Type.Literal("none"), Type.Literal("host")]),
      layers: Type.Array(layerBlobsType, { maxItems: layersMax }),
      config: rootConfigType,
    },
    closed,
  ),
);

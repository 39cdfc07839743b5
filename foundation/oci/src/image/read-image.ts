import { raise } from "@bedplate/errors";
import type { Schema } from "@bedplate/schema";
import { checkBytes, sha256 } from "./checked-bytes.ts";
import {
  configSchema,
  type Descriptor,
  documentBytesMax,
  type ImageIndex,
  type ImageManifest,
  indexSchema,
  manifestSchema,
  type Platform,
  type ProcessConfig,
} from "./image-documents.ts";
import type { ImageDocument, ImageSource } from "./image-source.ts";
import type { Compression, RootConfig } from "./root-description.ts";

/** An image for one platform, as its documents have it; no layer has been read. */
export interface Image {
  /** Of the manifest: the image's name for good. */
  readonly digest: string;
  readonly config: RootConfig;
  readonly layers: readonly ImageLayer[];
}

export interface ImageLayer {
  readonly descriptor: Descriptor;
  readonly diffId: string;
  readonly compression: Compression;
}

/** The platform of this processor. */
export function ownPlatform(): Platform {
  const architecture = process.arch === "x64" ? "amd64" : process.arch;
  return { os: "linux", architecture };
}

/** Reads the documents of an image; each has the digest that it is named by. */
export async function readImage(
  source: ImageSource,
  options: { readonly platform?: Platform | undefined; readonly signal: AbortSignal },
): Promise<Image> {
  const { platform = ownPlatform(), signal } = options;
  const top = await source.top(signal);
  const document = await manifestOf(top, { source, platform, signal });
  const manifest = parse(manifestSchema, document.bytes);
  const configBytes = await read(source, manifest.config, signal);
  const config = parse(configSchema, configBytes.bytes);
  const diffIds = config.rootfs.diff_ids;
  if (diffIds.length !== manifest.layers.length) throw unusable("its config names other layers");
  return {
    digest: sha256(document.bytes),
    config: rootConfigOf(config.config ?? {}),
    layers: layersOf(manifest, diffIds),
  };
}

/** Follows an index to the manifest for a platform; at most one index inside another. */
async function manifestOf(
  top: ImageDocument,
  options: {
    readonly source: ImageSource;
    readonly platform: Platform;
    readonly signal: AbortSignal;
  },
): Promise<ImageDocument> {
  const { source, platform, signal } = options;
  let document = top;
  for (let depth = 0; isIndex(document); depth += 1) {
    if (depth > 1) throw unusable("its indexes are nested too deep");
    const found = choose(parse(indexSchema, document.bytes), platform);
    document = await read(source, found, signal);
  }
  return document;
}

function isIndex({ mediaType, bytes }: ImageDocument): boolean {
  if (mediaType.includes("manifest.list") || mediaType.includes("image.index")) return true;
  if (mediaType.includes("manifest")) return false;
  // Layouts of older tools leave the type away.
  return bytes.length <= documentBytesMax && "manifests" in (asJson(bytes) as object);
}

function choose({ manifests }: ImageIndex, { os, architecture }: Platform): Descriptor {
  const images = manifests.filter(isForMachines);
  const exact = images.find(
    ({ platform }) => platform?.os === os && platform.architecture === architecture,
  );
  const found = exact ?? images.find(({ platform }) => platform === undefined);
  if (found !== undefined) return found;
  throw unusable(`it has no image for ${os} on ${architecture}`);
}

/** Signatures and the like stand beside images in an index, under a platform that is none. */
function isForMachines({ annotations, mediaType }: Descriptor): boolean {
  const isNote = annotations?.["vnd.docker.reference.type"] !== undefined;
  return !isNote && (mediaType.includes("manifest") || mediaType.includes("index"));
}

async function read(
  source: ImageSource,
  descriptor: Descriptor,
  signal: AbortSignal,
): Promise<ImageDocument> {
  if (descriptor.size > documentBytesMax) throw unusable("one of its documents is too large");
  const document = await source.document(descriptor, signal);
  checkBytes(document.bytes, descriptor);
  return { ...document, mediaType: descriptor.mediaType };
}

function layersOf({ layers }: ImageManifest, diffIds: readonly string[]): readonly ImageLayer[] {
  return layers.map((descriptor, at) => ({
    descriptor,
    diffId: diffIds[at] ?? "",
    compression: compressionOf(descriptor.mediaType),
  }));
}

function compressionOf(mediaType: string): Compression {
  if (/(\+|\.)gzip$/.test(mediaType)) return "gzip";
  if (/(\+|\.)zstd$/.test(mediaType)) return "zstd";
  if (/\.tar$/.test(mediaType)) return "none";
  throw unusable(`a layer is of the type ${JSON.stringify(mediaType.slice(0, 100))}`);
}

function rootConfigOf(config: ProcessConfig): RootConfig {
  const { Env, User, WorkingDir, Entrypoint, Cmd } = config;
  return {
    env: readEnv(Env ?? []),
    ...(User ? { user: User } : {}),
    ...(WorkingDir ? { workdir: WorkingDir } : {}),
    ...(Entrypoint ? { entrypoint: Entrypoint } : {}),
    ...(Cmd ? { cmd: Cmd } : {}),
  };
}

function readEnv(lines: readonly string[]): Readonly<Record<string, string>> {
  const pairs = lines.map((line): readonly [string, string] => {
    const at = line.indexOf("=");
    return at < 0 ? [line, ""] : [line.slice(0, at), line.slice(at + 1)];
  });
  return Object.fromEntries(pairs.filter(([name]) => name !== ""));
}

function parse<T>(schema: Schema<T>, bytes: Uint8Array): T {
  if (bytes.length > documentBytesMax) throw unusable("one of its documents is too large");
  return schema.parse(asJson(bytes), { what: "the image", op: "image.read" });
}

function asJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch (cause) {
    throw unusable("one of its documents is no JSON", cause);
  }
}

/** The fault of an image that cannot be a root. */
export function unusable(why: string, cause?: unknown): Error {
  return raise("argument.invalid", {
    op: "image.read",
    detail: { path: "/image", rule: "an OCI image of layers that this host can use" },
    message: `Cannot use the image: ${why}`,
    cause,
  });
}

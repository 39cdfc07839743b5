import { createHash } from "node:crypto";
import { gzipSync, zstdCompressSync } from "node:zlib";
import { type Member, makeTar } from "./make-tar.ts";

/** An image as bytes: what a layout or a registry would serve. */
export interface MadeImage {
  readonly blobs: ReadonlyMap<string, Uint8Array>;
  readonly index: Uint8Array;
  readonly manifest: { readonly digest: string; readonly bytes: Uint8Array };
  readonly layers: readonly string[];
}

/** How an image is made. */
export interface MakeImageOptions {
  readonly compression?: "none" | "gzip" | "zstd";
  readonly config?: object;
  readonly architecture?: string;
  /** Digests that the config is to name instead. */
  readonly diffIds?: readonly string[];
}

const packers = {
  none: (bytes: Uint8Array) => bytes,
  gzip: (bytes: Uint8Array): Uint8Array => gzipSync(bytes),
  zstd: (bytes: Uint8Array): Uint8Array => zstdCompressSync(bytes),
};

/** Makes an image of these layers. */
export function makeImage(
  layers: readonly (readonly Member[])[],
  options: MakeImageOptions = {},
): MadeImage {
  const { compression = "gzip", config = {}, architecture = "amd64" } = options;
  const blobs = new Map<string, Uint8Array>();
  const put = (bytes: Uint8Array, mediaType: string) => {
    const digest = sha256(bytes);
    blobs.set(digest, bytes);
    return { mediaType, digest, size: bytes.length };
  };
  const tars = layers.map(makeTar);
  const suffix = compression === "none" ? "" : `+${compression}`;
  const packed = tars.map((tar) =>
    put(packers[compression](tar), `application/vnd.oci.image.layer.v1.tar${suffix}`),
  );
  const diffIds = options.diffIds ?? tars.map(sha256);
  const configBlob = put(
    json({ os: "linux", architecture, rootfs: { type: "layers", diff_ids: diffIds }, config }),
    "application/vnd.oci.image.config.v1+json",
  );
  const bytes = json({ schemaVersion: 2, config: configBlob, layers: packed });
  const manifest = put(bytes, "application/vnd.oci.image.manifest.v1+json");
  const others = {
    ...manifest,
    digest: sha256(json({})),
    platform: { os: "linux", architecture: "s390x" },
  };
  const note = {
    ...manifest,
    platform: { os: "unknown", architecture: "unknown" },
    annotations: { "vnd.docker.reference.type": "attestation-manifest" },
  };
  const own = { ...manifest, platform: { os: "linux", architecture } };
  const index = json({ schemaVersion: 2, manifests: [note, others, own] });
  return {
    blobs,
    index,
    manifest: { digest: manifest.digest, bytes },
    layers: packed.map((each) => each.digest),
  };
}

/** The image as a layout in an archive. */
export function layoutOf({ blobs, index }: MadeImage): Uint8Array {
  return makeTar([
    { path: "oci-layout", text: '{"imageLayoutVersion":"1.0.0"}' },
    ...[...blobs].map(([digest, text]) => ({
      path: `blobs/sha256/${digest.slice("sha256:".length)}`,
      text,
    })),
    { path: "index.json", text: index },
  ]);
}

function json(value: object): Uint8Array {
  return Buffer.from(JSON.stringify(value));
}

function sha256(bytes: Uint8Array): string {
  return `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
}

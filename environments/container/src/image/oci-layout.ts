import { createHash } from "node:crypto";
import { defineSchema, type Schema, Type } from "@bedplate/schema";
import { readTar } from "./tar-reader.ts";

/** An image, ready to be unpacked. */
export interface OciImage {
  readonly layers: readonly OciLayer[];
  readonly env: Readonly<Record<string, string>>;
}

export interface OciLayer {
  readonly mediaType: string;
  readonly digest: string;
  /** Of the tar archive inside. */
  readonly diffId: string;
  readonly bytes: Uint8Array;
}

interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
  readonly platform?: { readonly architecture: string; readonly os: string } | undefined;
}

interface Index {
  readonly manifests: readonly Descriptor[];
}

interface ImageManifest {
  readonly config: Descriptor;
  readonly layers: readonly Descriptor[];
}

interface ImageConfig {
  readonly rootfs: { readonly diff_ids: readonly string[] };
  readonly config?: { readonly Env?: readonly string[] | null | undefined } | null | undefined;
}

/** Most layers of one image; more cannot be told apart from an attack. */
const layersMax = 127;

/** Largest index, manifest or config. */
const metadataBytesMax = 4 * 1024 * 1024;

const digest = () => Type.String({ pattern: "^sha256:[0-9a-f]{64}$" });
const descriptor = Type.Object({
  mediaType: Type.String({ maxLength: 256 }),
  digest: digest(),
  size: Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER }),
  platform: Type.Optional(Type.Object({ architecture: Type.String(), os: Type.String() })),
});

const indexSchema: Schema<Index> = defineSchema(
  Type.Object({ manifests: Type.Array(descriptor, { minItems: 1, maxItems: 64 }) }),
);

const manifestSchema: Schema<ImageManifest> = defineSchema(
  Type.Object({ config: descriptor, layers: Type.Array(descriptor, { maxItems: layersMax }) }),
);

const configSchema: Schema<ImageConfig> = defineSchema(
  Type.Object({
    rootfs: Type.Object({ diff_ids: Type.Array(digest(), { maxItems: layersMax }) }),
    config: Type.Optional(
      Type.Union([
        Type.Null(),
        Type.Object({
          Env: Type.Optional(
            Type.Union([
              Type.Null(),
              Type.Array(Type.String({ maxLength: 65_536 }), { maxItems: 1024 }),
            ]),
          ),
        }),
      ]),
    ),
  }),
);

/** Reads an OCI image layout in a tar archive; every blob that is used has the digest it is named by. */
export async function readLayout(archive: Uint8Array): Promise<OciImage> {
  const files = await readFiles(archive);
  const index = parse(indexSchema, file(files, "index.json"));
  const manifest = manifestOf(files, index);
  const config = parse(configSchema, blob(files, manifest.config));
  const diffIds = config.rootfs.diff_ids;
  if (diffIds.length !== manifest.layers.length) throw new Error("its config names other layers");
  return {
    layers: manifest.layers.map((each, at) => ({
      mediaType: each.mediaType,
      digest: each.digest,
      diffId: diffIds[at] ?? "",
      bytes: blob(files, each),
    })),
    env: readEnv(config.config?.Env ?? []),
  };
}

type Files = ReadonlyMap<string, Uint8Array>;

// The archive is in memory already: its members are parts of it.
async function readFiles(archive: Uint8Array): Promise<Files> {
  const files = new Map<string, Uint8Array>();
  async function* source(): AsyncGenerator<Uint8Array> {
    yield archive;
  }
  for await (const entry of readTar(source())) {
    if (entry.kind !== "file") continue;
    const parts: Uint8Array[] = [];
    for await (const part of entry.body()) parts.push(part);
    files.set(
      entry.path.replace(/^\.\//, ""),
      parts.length === 1 ? (parts[0] ?? new Uint8Array()) : Buffer.concat(parts),
    );
  }
  return files;
}

/** Follows an index to the manifest for this processor; at most one index inside another. */
function manifestOf(files: Files, index: Index, depth = 0): ImageManifest {
  const architecture = process.arch === "x64" ? "amd64" : process.arch;
  const isOurs = ({ platform }: Descriptor) =>
    platform === undefined || (platform.os === "linux" && platform.architecture === architecture);
  const found = index.manifests.find(isOurs);
  if (found === undefined) throw new Error(`it has no image for linux on ${architecture}`);
  const bytes = blob(files, found);
  if (!found.mediaType.includes("index") && !found.mediaType.includes("manifest.list")) {
    return parse(manifestSchema, bytes);
  }
  if (depth > 0) throw new Error("its indexes are nested too deep");
  return manifestOf(files, parse(indexSchema, bytes), depth + 1);
}

function file(files: Files, path: string): Uint8Array {
  const found = files.get(path);
  if (found === undefined) throw new Error(`it has no ${path}`);
  return found;
}

function blob(files: Files, { digest: name, size }: Descriptor): Uint8Array {
  const bytes = file(files, `blobs/sha256/${name.slice("sha256:".length)}`);
  const actual = `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
  if (bytes.length !== size || actual !== name) throw new Error(`the blob ${name} has other bytes`);
  return bytes;
}

function parse<T>(schema: Schema<T>, bytes: Uint8Array): T {
  if (bytes.length > metadataBytesMax) throw new Error("its metadata is too large");
  const value: unknown = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  return schema.parse(value, { what: "the image", op: "environment.admit" });
}

function readEnv(lines: readonly string[]): Readonly<Record<string, string>> {
  const pairs = lines.map((line) => [
    line.split("=", 1)[0] ?? "",
    line.slice(line.indexOf("=") + 1),
  ]);
  return Object.fromEntries(pairs.filter(([name]) => name !== ""));
}

import { constants } from "node:fs";
import { open } from "node:fs/promises";
import { join } from "node:path";
import { readTar } from "../tar/read-tar.ts";
import { type Descriptor, documentBytesMax } from "./image-documents.ts";
import type { ImageDocument, ImageSource } from "./image-source.ts";
import { unusable } from "./read-image.ts";

const indexMediaType = "application/vnd.oci.image.index.v1+json";

/** An OCI image layout in a folder. Files that are links are not followed. */
export function layoutFolder(folder: string): ImageSource {
  const place = ({ digest }: Descriptor) =>
    join(folder, "blobs", "sha256", digest.slice("sha256:".length));
  return {
    top: async () => ({
      mediaType: indexMediaType,
      bytes: await readFile(join(folder, "index.json"), documentBytesMax),
    }),
    document: async (descriptor) =>
      documentOf(descriptor, await readFile(place(descriptor), descriptor.size)),
    layer: (descriptor) => streamFile(place(descriptor)),
  };
}

/** An OCI image layout in a tar archive that is in memory. */
export async function layoutArchive(archive: Uint8Array): Promise<ImageSource> {
  const files = await readFiles(archive).catch((cause: Error) => {
    throw unusable(`it is no archive of a layout: ${cause.message}`, cause);
  });
  const file = (path: string): Uint8Array => {
    const found = files.get(path);
    if (found === undefined) throw unusable(`it has no ${path}`);
    return found;
  };
  const blob = ({ digest }: Descriptor) => file(`blobs/sha256/${digest.slice("sha256:".length)}`);
  return {
    top: async () => ({ mediaType: indexMediaType, bytes: file("index.json") }),
    document: async (descriptor) => documentOf(descriptor, blob(descriptor)),
    async *layer(descriptor) {
      yield blob(descriptor);
    },
  };
}

function documentOf({ mediaType }: Descriptor, bytes: Uint8Array): ImageDocument {
  return { mediaType, bytes };
}

async function readFile(path: string, bytesMax: number): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for await (const part of streamFile(path)) {
    bytes += part.length;
    if (bytes > bytesMax) throw unusable("one of its documents is larger than it says");
    parts.push(part);
  }
  return Buffer.concat(parts);
}

/** What is no plain file, or not there, is not of a layout. */
async function* streamFile(path: string): AsyncGenerator<Uint8Array> {
  const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
  await using file = await open(path, flags).catch((cause: NodeJS.ErrnoException) => {
    throw unusable(`its file ${path.split("/").at(-1)} cannot be read (${cause.code})`, cause);
  });
  if (!(await file.stat()).isFile()) throw unusable("one of its files is no plain file");
  yield* file.createReadStream({ highWaterMark: 1024 * 1024, autoClose: false });
}

// The archive is in memory already: its members are parts of it.
async function readFiles(archive: Uint8Array): Promise<ReadonlyMap<string, Uint8Array>> {
  const files = new Map<string, Uint8Array>();
  async function* source(): AsyncGenerator<Uint8Array> {
    yield archive;
  }
  for await (const entry of readTar(source())) {
    if (entry.kind !== "file") continue;
    const parts: Uint8Array[] = [];
    for await (const part of entry.body()) parts.push(part);
    const [first] = parts;
    const bytes = parts.length === 1 && first !== undefined ? first : Buffer.concat(parts);
    files.set(entry.path.replace(/^\.\//, ""), bytes);
  }
  return files;
}

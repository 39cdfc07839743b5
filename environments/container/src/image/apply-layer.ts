import {
  chmod,
  chown,
  lchown,
  link,
  lstat,
  mkdir,
  open,
  readdir,
  rm,
  symlink,
  utimes,
} from "node:fs/promises";
import { dirname, join } from "node:path";
import { placeIn, splitPath } from "./safe-path.ts";
import { readTar, type TarEntry } from "./tar-reader.ts";

/** Bounds of what an image may unpack to. */
export interface ImageBounds {
  readonly bytesMax: number;
  readonly entriesMax: number;
}

/** What has been unpacked so far; shared by the layers of one image. */
export interface Unpacked {
  bytes: number;
  entries: number;
}

/** Ids that a machine has. */
const idMax = 65_535;

const whiteout = ".wh.";
const opaque = ".wh..wh..opq";

/**
 * Puts a layer over a folder that nobody else writes to. A file is replaced, never written into: it
 * may be the same file as in the layer below. Devices are left out: machines have their own.
 */
export async function applyLayer(
  root: string,
  layer: AsyncIterable<Uint8Array>,
  options: { readonly bounds: ImageBounds; readonly unpacked: Unpacked },
): Promise<void> {
  /** What this layer brought: an opaque folder hides what is below, not what is in its own layer. */
  const own = new Set<string>();
  for await (const entry of readTar(layer)) {
    count(entry, options);
    const parts = splitPath(entry.path);
    if (parts.length === 0) continue;
    const place = await placeIn(root, parts);
    const name = parts.at(-1) ?? "";
    if (name === opaque) await empty(dirname(place), own);
    else if (name.startsWith(whiteout)) await hide(place, name);
    else if (entry.kind !== "other") {
      await put(root, { entry, place });
      own.add(place);
    }
  }
}

function count(
  { bytes }: TarEntry,
  { bounds, unpacked }: { readonly bounds: ImageBounds; readonly unpacked: Unpacked },
): void {
  unpacked.entries += 1;
  unpacked.bytes += bytes;
  if (unpacked.entries > bounds.entriesMax)
    throw new Error(`it has more than ${bounds.entriesMax} files`);
  if (unpacked.bytes > bounds.bytesMax)
    throw new Error(`it is larger than ${bounds.bytesMax} bytes`);
}

async function empty(folder: string, own: ReadonlySet<string>): Promise<void> {
  const names = await readdir(folder).catch(() => []);
  for (const name of names) {
    const path = join(folder, name);
    const isKept = own.has(path) || [...own].some((each) => each.startsWith(`${path}/`));
    if (!isKept) await rm(path, { recursive: true, force: true });
  }
}

async function hide(place: string, name: string): Promise<void> {
  const hidden = name.slice(whiteout.length);
  if (hidden === "" || hidden === "." || hidden === "..")
    throw new Error("a whiteout names nothing");
  await rm(join(dirname(place), hidden), { recursive: true, force: true });
}

interface Placed {
  readonly entry: TarEntry;
  readonly place: string;
}

async function put(root: string, { entry, place }: Placed): Promise<void> {
  await mkdir(dirname(place), { recursive: true, mode: 0o755 });
  const before = await lstat(place).catch(() => undefined);
  const isKept = entry.kind === "folder" && before?.isDirectory() === true;
  if (before !== undefined && !isKept) await rm(place, { recursive: true, force: true });
  if (entry.kind === "hardlink") return putHardLink(root, { entry, place });
  if (entry.uid > idMax || entry.gid > idMax) throw new Error(`an owner is above ${idMax}`);
  if (entry.kind === "link") {
    await symlink(entry.target, place);
    return lchown(place, entry.uid, entry.gid);
  }
  if (entry.kind === "folder") await mkdir(place, { recursive: true });
  else await putFile({ entry, place });
  await chown(place, entry.uid, entry.gid);
  await chmod(place, entry.mode);
  if (entry.kind === "file") await utimes(place, entry.modifiedAt, entry.modifiedAt);
}

async function putFile({ entry, place }: Placed): Promise<void> {
  const file = await open(place, "wx", 0o600);
  try {
    for await (const part of entry.body()) await file.write(part);
  } finally {
    await file.close();
  }
}

/** The other name has to be a file inside: a hard link to a link would be followed by whoever opens it. */
async function putHardLink(root: string, { entry, place }: Placed): Promise<void> {
  const target = await placeIn(root, splitPath(entry.target));
  const found = await lstat(target).catch(() => undefined);
  if (found?.isFile() !== true) throw new Error("a hard link leads to no file of the image");
  await link(target, place);
}

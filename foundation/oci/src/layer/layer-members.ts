import { readTar, type TarEntry } from "../tar/read-tar.ts";
import { pathBelow } from "../tar/tar-path.ts";

/** Bounds of what a layer may unpack to. */
export interface LayerBounds {
  readonly bytesMax: number;
  readonly entriesMax: number;
}

/** Who a file belongs to, and what may be done with it. */
interface Owned {
  /** Below the root, without a leading slash; empty for the root itself. */
  readonly path: string;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly modifiedAt: number;
  readonly attributes: ReadonlyMap<string, Uint8Array>;
}

/** One thing that a layer says of the file system below it. */
export type LayerMember =
  | (Owned & { readonly kind: "file"; readonly bytes: number; body(): AsyncIterable<Uint8Array> })
  | (Owned & { readonly kind: "folder" })
  | (Owned & { readonly kind: "link"; readonly target: string })
  | { readonly kind: "hardlink"; readonly path: string; readonly target: string }
  /** Hides what is below. */
  | { readonly kind: "whiteout"; readonly path: string }
  /** A folder that hides what is in it below, not what its own layer puts there. */
  | { readonly kind: "opaque"; readonly path: string };

/** Ids that a machine has. */
const idMax = 65_535;

const whiteout = ".wh.";
const opaque = ".wh..wh..opq";

/** Attributes that mean the same in every machine; those of the kernel's overlay are never taken over. */
const attributePattern = /^user\.[^\0]{1,250}$/;
const attributeBytesMax = 32_768;

/** What the archive of a layer says, checked; devices are left out, machines have their own. */
export async function* layerMembers(
  archive: AsyncIterable<Uint8Array>,
  bounds: LayerBounds,
): AsyncGenerator<LayerMember> {
  const seen = { bytes: 0, entries: 0 };
  for await (const entry of readTar(archive)) {
    seen.entries += 1;
    seen.bytes += entry.bytes;
    if (seen.entries > bounds.entriesMax)
      throw new Error(`it has more than ${bounds.entriesMax} files`);
    if (seen.bytes > bounds.bytesMax) throw new Error(`it is larger than ${bounds.bytesMax} bytes`);
    const member = memberOf(entry);
    if (member !== undefined) yield member;
  }
}

function memberOf(entry: TarEntry): LayerMember | undefined {
  const path = pathBelow(entry.path);
  const at = path.lastIndexOf("/") + 1;
  const name = path.slice(at);
  if (name === opaque) return { kind: "opaque", path: path.slice(0, Math.max(0, at - 1)) };
  if (name.startsWith(whiteout)) {
    return { kind: "whiteout", path: pathBelow(path.slice(0, at) + hiddenName(name)) };
  }
  const { kind } = entry;
  if (kind === "other" || kind === "device") return undefined;
  if (path === "" && kind !== "folder") throw new Error("the root is no folder");
  if (kind === "hardlink") return { kind, path, target: pathBelow(entry.target) };
  const owned = ownedOf(path, entry);
  if (kind === "folder") return { ...owned, kind };
  if (kind === "link") return { ...owned, kind, target: targetOf(entry.target) };
  return { ...owned, kind, bytes: entry.bytes, body: () => entry.body() };
}

/** What a whiteout hides: one name in its own folder. */
function hiddenName(name: string): string {
  const hidden = name.slice(whiteout.length);
  if (hidden !== "" && hidden !== "." && hidden !== "..") return hidden;
  throw new Error("a whiteout names nothing");
}

function ownedOf(path: string, entry: TarEntry): Owned {
  const { mode, uid, gid, modifiedAt } = entry;
  if (uid > idMax || gid > idMax) throw new Error(`an owner is above ${idMax}`);
  const attributes = new Map(
    [...entry.attributes].filter(
      ([name, value]) => attributePattern.test(name) && value.length <= attributeBytesMax,
    ),
  );
  return { path, mode, uid, gid, modifiedAt, attributes };
}

/** Where a link leads is followed only inside of a machine; it has to be a text that the kernel takes. */
function targetOf(target: string): string {
  if (target === "" || target.includes("\0") || Buffer.byteLength(target) > 4095)
    throw new Error("a link leads to nothing");
  return target;
}

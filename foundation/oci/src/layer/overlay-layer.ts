import { raise } from "@bedplate/errors";
import { readTar, type TarEntry } from "../tar/read-tar.ts";
import { pathBelow } from "../tar/tar-path.ts";
import { type TarMember, tarEnd, tarHeader, tarPadding } from "../tar/write-tar.ts";

const opaqueAttribute = "trusted.overlay.opaque";
const attributePattern = /^user\./;

/**
 * The layer that an overlay's upper folder is, from a tar archive of the folder that has its devices
 * and attributes: devices 0/0 become whiteouts, and folders that hide all get an opaque mark.
 */
export async function* layerOfOverlay(
  archive: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  for await (const entry of readTar(archive, { devices: true })) {
    const path = pathBelow(entry.path);
    if (path === "") continue;
    if (entry.kind === "device") yield* whiteoutOf(path, entry);
    else if (entry.kind !== "other") yield* memberOf(path, entry);
  }
  yield tarEnd;
}

async function* memberOf(path: string, entry: TarEntry): AsyncGenerator<Uint8Array> {
  const { kind } = entry;
  if (kind === "other" || kind === "device") return;
  const name = path.slice(path.lastIndexOf("/") + 1);
  if (name.startsWith(".wh.")) throw reserved(path);
  const attributes = new Map(
    [...entry.attributes].filter(([attribute]) => attributePattern.test(attribute)),
  );
  const target = kind === "hardlink" ? pathBelow(entry.target) : entry.target;
  // Whole seconds: a part of one would take two more blocks for each file.
  const modifiedAt = Math.floor(entry.modifiedAt);
  yield tarHeader({ ...entry, kind, path, target, attributes, modifiedAt });
  if (kind === "file") {
    yield* entry.body();
    yield tarPadding(entry.bytes);
  }
  const mark = entry.attributes.get(opaqueAttribute);
  if (kind === "folder" && mark !== undefined && mark[0] === 0x79) {
    yield tarHeader(emptyFile(`${path}/.wh..wh..opq`, entry));
  }
}

/** An overlay knows no other device: nothing in a machine can make one. */
async function* whiteoutOf(path: string, entry: TarEntry): AsyncGenerator<Uint8Array> {
  if (entry.device !== "0/0") return;
  const at = path.lastIndexOf("/") + 1;
  yield tarHeader(emptyFile(`${path.slice(0, at)}.wh.${path.slice(at)}`, entry));
}

function emptyFile(path: string, entry: TarEntry): TarMember {
  const modifiedAt = Math.floor(entry.modifiedAt);
  return { path, kind: "file", mode: 0o600, uid: 0, gid: 0, modifiedAt, bytes: 0 };
}

function reserved(path: string): Error {
  return raise("argument.invalid", {
    op: "image.layer",
    detail: { path: "/", rule: "no file whose name begins with .wh." },
    message: `Cannot make a layer: ${JSON.stringify(path.slice(0, 200))} is a name that hides files in layers`,
  });
}

import { execFile } from "node:child_process";
import { createReadStream } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { digestBytes } from "@bedplate/codec";
import type { SnapshotManifest, SnapshotSink } from "@bedplate/environment";
import { layerOfOverlay } from "@bedplate/oci";
import type { Machine } from "../machine/machine.ts";
import { whileStanding } from "../machine/stand-still.ts";
import { mountedDisk } from "./copy-standing.ts";

const run = promisify(execFile);

type Chunks = SnapshotManifest["chunks"];

/** Bytes of the archive in one chunk. */
const chunkBytes = 4 * 1024 * 1024;

/** Longest time in which an archive is packed; a machine stands still meanwhile. */
const packTimeoutMs = 600_000;

/** Everything that tells of a file, and nothing that changes by being looked at. */
const packOptions = [
  ..."--create --format=posix --numeric-owner --sort=name --xattrs --xattrs-include=*".split(" "),
  "--pax-option=delete=atime,delete=ctime",
];

/** Packs what the machine wrote while it stands still; the path of the archive. */
export async function packStanding(
  machine: Machine,
  options: { readonly draft: string; readonly signal: AbortSignal },
): Promise<string> {
  const archive = join(options.draft, "layer.tar");
  await whileStanding(machine, async () => {
    const upper = join(mountedDisk(machine), "upper");
    const words = [...packOptions, `--file=${archive}`, `--directory=${upper}`, "."];
    await run("tar", words, { timeout: packTimeoutMs, signal: options.signal });
  });
  return archive;
}

/** Gives the layer that an archive of an overlay's upper folder stands for. */
export async function giveLayer(
  archive: string,
  options: { readonly sink: SnapshotSink; readonly signal: AbortSignal },
): Promise<Chunks> {
  const { sink, signal } = options;
  const chunks: Chunks[number][] = [];
  const give = async (bytes: Uint8Array) => {
    signal.throwIfAborted();
    chunks.push({ digest: digestBytes(bytes), bytes: bytes.length });
    await sink(bytes);
  };
  let held: Uint8Array[] = [];
  let count = 0;
  for await (const part of layerOfOverlay(createReadStream(archive))) {
    held.push(part);
    count += part.length;
    if (count < chunkBytes) continue;
    await give(Buffer.concat(held));
    held = [];
    count = 0;
  }
  if (count > 0) await give(Buffer.concat(held));
  return chunks;
}

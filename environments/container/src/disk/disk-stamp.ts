import { closeSync, ftruncateSync, openSync, readSync, statSync, writeSync } from "node:fs";
import { extentsOf } from "./extents.ts";

/** Most bytes of one image that are kept, and most images: those of usual sizes are far below. */
const stampBytesMax = 4 * 1024 * 1024;
const stampsMax = 32;

/** What is written of an image that is otherwise empty. */
interface Stamp {
  readonly bytes: number;
  readonly parts: readonly { readonly at: number; readonly data: Uint8Array }[];
}

const stamps = new Map<string, Promise<Stamp | undefined>>();

/**
 * Makes a copy of an image that never changes, of which a copy at the same place has the same content.
 * The little that a fresh file system consists of is kept here, so that a copy takes a few writes
 * instead of a program. False: there is too much of it.
 */
export async function stampImage(from: string, to: string): Promise<boolean> {
  const known = stamps.get(from) ?? readStamp(from);
  if (stamps.size < stampsMax) stamps.set(from, known);
  known.catch(() => stamps.delete(from));
  const stamp = await known;
  if (stamp === undefined) return false;
  const file = openSync(to, "wx", 0o600);
  try {
    ftruncateSync(file, stamp.bytes);
    for (const { at, data } of stamp.parts) writeWhole(file, data, at);
  } finally {
    closeSync(file);
  }
  return true;
}

async function readStamp(path: string): Promise<Stamp | undefined> {
  const extents = await extentsOf(path);
  const held = extents.reduce((sum, { bytes }) => sum + bytes, 0);
  if (held > stampBytesMax) return undefined;
  const file = openSync(path, "r");
  try {
    const parts = extents.map(({ at, bytes }) => ({ at, data: readWhole(file, bytes, at) }));
    return { bytes: statSync(path).size, parts };
  } finally {
    closeSync(file);
  }
}

function readWhole(file: number, bytes: number, at: number): Uint8Array {
  const data = Buffer.alloc(bytes);
  for (let done = 0; done < bytes; ) {
    const got = readSync(file, data, done, bytes - done, at + done);
    if (got === 0) throw new Error("Cannot read the image: it ends early");
    done += got;
  }
  return data;
}

function writeWhole(file: number, data: Uint8Array, at: number): void {
  for (let done = 0; done < data.length; ) {
    done += writeSync(file, data, done, data.length - done, at + done);
  }
}

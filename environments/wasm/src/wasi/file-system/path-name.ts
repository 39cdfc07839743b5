import { errno, fail } from "../errno.ts";
import type { WasiLimits } from "../wasi-limits.ts";

const strictDecoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Reads a path as the guest passes it: UTF-8, without NUL, within its bound. */
export function readPath(bytes: Uint8Array, limits: WasiLimits): string {
  if (bytes.length > limits.pathBytesMax) fail(errno.nametoolong);
  if (bytes.includes(0)) fail(errno.inval);
  try {
    return strictDecoder.decode(bytes);
  } catch {
    return fail(errno.ilseq);
  }
}

/** The UTF-8 bytes of a name or of a link's target, to be copied on: they lie in a shared pool. */
export function encodeName(name: string): Uint8Array {
  return Buffer.from(name, "utf8");
}

/** How many bytes a name has. */
export function nameBytes(name: string): number {
  return Buffer.byteLength(name, "utf8");
}

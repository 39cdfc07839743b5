import { errno, fail } from "../errno.ts";
import type { WasiContext } from "../wasi-context.ts";
import { pieceUnits } from "../work-units.ts";

/** Pieces of one read or write, at most; Linux's bound. */
const vectorsMax = 1024;

/** The pieces of one read or write together, in bytes; they may overlap, so memory does not bound them. */
const totalBytesMax = 2 ** 31 - 1;

/** A list of pieces as the guest passes it. */
export interface IoVectors {
  readonly pointer: number;
  readonly count: number;
}

/** The pieces of memory that one read or write is about, and how long they are together. */
export function readVectors(
  { view, spend }: WasiContext,
  { pointer, count }: IoVectors,
): { readonly pieces: readonly Uint8Array[]; readonly total: number } {
  if (count >>> 0 > vectorsMax) fail(errno.inval);
  spend(count * pieceUnits);
  const pieces: Uint8Array[] = [];
  let total = 0;
  for (let index = 0, at = pointer; index < count; index++, at += 8) {
    const piece = view.bytes(view.u32(at), view.u32(at + 4));
    pieces.push(piece);
    total += piece.length;
  }
  if (total > totalBytesMax) fail(errno.inval);
  return { pieces, total };
}

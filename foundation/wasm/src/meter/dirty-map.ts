import type { WasmModule } from "../module.ts";

/** Bytes of memory that one byte of the map stands for. */
export const dirtyPageBytes = 4096;

const wasmPageBytes = 65_536;

/** More pages than any engine gives one memory: V8 ends at 16 GiB. */
const memoryPagesBound = 262_144;

/** Pages that 32-bit addresses reach. */
const shortPagesBound = 65_536;

/** Where the part of the map for one memory stands, and how many bytes it has. */
export interface DirtyRange {
  readonly start: number;
  readonly length: number;
  /** The memory is imported or shared: others may write to it, so the marks are not everything. */
  readonly isOpen: boolean;
}

/** The map: one appended memory, with a part for each memory of the module. */
export interface DirtyMap {
  readonly ranges: readonly DirtyRange[];
  /** Size of the appended memory, in WebAssembly pages. */
  readonly pages: number;
}

/** Lays out a map that covers each memory up to its maximum. */
export function layOutDirtyMap(module: WasmModule, memoryPagesMax: number | undefined): DirtyMap {
  const ranges: DirtyRange[] = [];
  let start = 0;
  for (const { limits, import: from } of module.memories) {
    const declared = Number(limits.maximum ?? memoryPagesBound);
    const isLong = limits.addressType === "i64";
    const bound = isLong ? memoryPagesBound : shortPagesBound;
    // The host bounds what it hands in, so only own memories are lowered.
    const lowered = from === undefined ? (memoryPagesMax ?? bound) : bound;
    const length = Math.min(declared, bound, lowered) * (wasmPageBytes / dirtyPageBytes);
    ranges.push({ start, length, isOpen: from !== undefined || limits.isShared });
    start += length;
  }
  return { ranges, pages: Math.ceil(start / wasmPageBytes) };
}

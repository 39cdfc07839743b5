import { CallError } from "./error-number.ts";

/**
 * A guest's linear memory at one moment, without its empty pages, and the numbers that the host
 * needs to go on from there.
 */
export interface BaseImage {
  /** Bytes of the memory. */
  readonly size: number;
  /** Address of the Python function that runs a script. */
  readonly run: number;
  /** Runs of pages that are not empty: offset and bytes. */
  readonly runs: readonly { readonly offset: number; readonly bytes: Uint8Array }[];
}

/** Granularity at which empty stretches are left out. */
const stretchBytes = 4096;

/** Finds the stretches of a memory that are not zero. The runs are copies. */
export function stretchesOf(memory: Uint8Array): BaseImage["runs"] {
  const words = new BigUint64Array(memory.buffer, memory.byteOffset, memory.length / 8);
  const wordsPer = stretchBytes / 8;
  const runs: { offset: number; bytes: Uint8Array }[] = [];
  let start = -1;
  const count = memory.length / stretchBytes;
  for (let i = 0; i <= count; i++) {
    const isUsed = i < count && !isZero(words, { from: i * wordsPer, to: (i + 1) * wordsPer });
    if (isUsed && start < 0) start = i;
    if (isUsed || start < 0) continue;
    const offset = start * stretchBytes;
    runs.push({ offset, bytes: memory.slice(offset, i * stretchBytes) });
    start = -1;
  }
  return runs;
}

/** Writes stretches into an empty memory. */
export function writeStretches(memory: Uint8Array, runs: BaseImage["runs"]): void {
  for (const { offset, bytes } of runs) {
    if (offset + bytes.length > memory.length) throw new CallError("EINVAL");
    memory.set(bytes, offset);
  }
}

/** Clears what lies between stretches. */
export function clearBetween(memory: Uint8Array, runs: BaseImage["runs"]): void {
  let at = 0;
  for (const { offset, bytes } of runs) {
    memory.fill(0, at, offset);
    at = offset + bytes.length;
  }
  memory.fill(0, at);
}

function isZero(
  words: BigUint64Array,
  range: { readonly from: number; readonly to: number },
): boolean {
  for (let i = range.from; i < range.to; i++) if (words[i] !== 0n) return false;
  return true;
}

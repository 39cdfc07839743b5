import type { InstructionCursor } from "../instruction-cursor.ts";
import { nanShapeCodes, opcodeNames, popCounts, pushCounts } from "../opcodes/opcode-table.ts";
import { scanActions } from "./scan-actions.ts";

/** How many instructions are looked at before the answer is no. */
const lookaheadMax = 12;

/**
 * True when the value that the current instruction made goes straight into an operation whose own
 * result is made canonical, or does not depend on the bits of a NaN. Such a value needs no care.
 */
export function feedsArithmetic(cursor: InstructionCursor): boolean {
  const { offset, code, start } = cursor;
  const answer = looksAhead(cursor, laneShape(code));
  cursor.offset = offset;
  cursor.code = code;
  cursor.start = start;
  return answer;
}

function looksAhead(cursor: InstructionCursor, shape: string): boolean {
  let above = 0;
  for (let left = lookaheadMax; left > 0 && cursor.offset < cursor.end; left--) {
    // Blocks would change what labels mean; calls and stores are too rare here to follow.
    if (!isFollowed(cursor.bytes[cursor.offset] as number)) return false;
    cursor.next();
    const pops = popCounts[cursor.code] as number;
    if (pops > above) return isIndifferent[cursor.code] === 1 && laneShape(cursor.code) === shape;
    above += (pushCounts[cursor.code] as number) - pops;
  }
  return false;
}

/** Vectors have no lane type: an operation may read the lanes of another shape. Empty for scalars. */
function laneShape(code: number): string {
  const name = opcodeNames[code] as string;
  if (/demote|promote_low|trunc_sat_f.*x|relaxed_trunc/.test(name)) return "mixed";
  return /^f(32x4|64x2)/.exec(name)?.[0] ?? "";
}

/** Plain instructions of one byte with a known stack effect, and vector instructions. */
function isFollowed(byte: number): boolean {
  if (byte === 0xfd) return true;
  return (
    byte > 0x1b && byte < 0xc5 && (byte < 0x25 || byte > 0x27) && byte !== 0x1f && !isSized(byte)
  );
}

function isSized(byte: number): boolean {
  return byte === 0x3f || byte === 0x40;
}

/** Comparisons and conversions to integers treat every NaN alike; arithmetic is made canonical. */
const isIndifferent: Uint8Array = Uint8Array.from(opcodeNames, (name, code) => {
  if (nanShapeCodes[code] !== 0 && scanActions[code] !== 0) return 1;
  const isComparison = /^f(32|64|32x4|64x2)\.(eq|ne|lt|gt|le|ge)$/.test(name);
  return isComparison || /^i(32|64|32x4)\.trunc_(sat_)?f/.test(name) ? 1 : 0;
});

/**
 * Marks the bytes that a jump may land on: JUMPDEST where it is an instruction, not an immediate.
 * One byte per byte of code. The same in every fork, for a PUSH has its immediate also where it is
 * not reached.
 */
export function findJumpDestinations(code: Uint8Array): Uint8Array {
  const marks = new Uint8Array(code.length);
  for (let at = 0; at < code.length; at++) {
    const op = code[at] as number;
    if (op === 0x5b) marks[at] = 1;
    else if (op >= 0x60 && op <= 0x7f) at += op - 0x5f;
  }
  return marks;
}

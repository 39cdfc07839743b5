import { instructionSetOf } from "../instructions/instruction-set.ts";
import { has, pushAddress, type Scope } from "./code-scope.ts";
import { interestingWord, memoryOffset, memorySize, relatedWord } from "./interesting.ts";

/** ADD to SIGNEXTEND, LT to CLZ. */
export const computing: readonly number[] = [
  ...[0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08, 0x09, 0x0a, 0x0b],
  ...[0x10, 0x11, 0x12, 0x13, 0x14, 0x15, 0x16, 0x17, 0x18, 0x19, 0x1a, 0x1b, 0x1c, 0x1d, 0x1e],
];

/** What looks around: at the message, the block, the machine; PUSH0 too. */
export const looking: readonly number[] = [
  ...[0x30, 0x32, 0x33, 0x34, 0x35, 0x36, 0x38, 0x3a, 0x3d, 0x40, 0x41, 0x42, 0x43, 0x44, 0x45],
  ...[0x46, 0x47, 0x48, 0x49, 0x4a, 0x58, 0x59, 0x5a, 0x5f, 0x31, 0x3b, 0x3f],
];

/** BALANCE, EXTCODESIZE, EXTCODEHASH. */
const takesAddress = new Set([0x31, 0x3b, 0x3f]);

/** SHL, SHR, SAR: nearly all numbers shift everything away. */
const shifts = new Set([0x1b, 0x1c, 0x1d]);

/** An opcode of the fork, with operands where too few are there. */
export function writeOperation(scope: Scope, opcode: number): void {
  const { dice, code, fork } = scope;
  const set = instructionSetOf(fork);
  if (set.isDefined[opcode] !== 1 && !dice.percent(1)) return;
  const [pops = 0, pushes = 0] = [set.pops[opcode], set.pushes[opcode]];
  const isFresh = dice.percent(50);
  if (takesAddress.has(opcode)) pushAddress(scope);
  else if (isFresh) pushOperands(scope, pops);
  while (code.depth < pops) code.push(interestingWord(dice));
  if (shifts.has(opcode) && dice.percent(60)) code.push(BigInt(dice.below(260)));
  // Block numbers that are near.
  if (opcode === 0x40 && dice.percent(60)) code.push(BigInt(dice.below(1_000)));
  code.op(opcode, { pops, pushes });
}

/** Where operands pass through memory. */
const operandOffset = 0x4c0n;

/** Words that often have to do with each other. A compiler knows some of them, others come out of memory. */
function pushOperands({ dice, code }: Scope, count: number): void {
  let last = interestingWord(dice);
  for (let at = 0; at < count; at++) {
    code.push(last);
    if (dice.percent(45)) {
      code.push(operandOffset);
      code.op(0x52, { pops: 2 });
      code.push(operandOffset);
      code.op(0x51, { pops: 1, pushes: 1 });
    }
    last = dice.percent(40) ? relatedWord(dice, last) : interestingWord(dice);
  }
}

export function writeStackShuffle({ dice, code }: Scope): void {
  const depth = Math.min(16, code.depth);
  const kind = depth === 0 ? "push" : dice.weighted({ dup: 5, swap: 4, pop: 3 });
  if (kind === "push") code.push(interestingWord(dice));
  else if (kind === "pop") code.op(0x50, { pops: 1 });
  else if (kind === "dup") code.op(0x80 + dice.below(depth), { pushes: 1 });
  else if (depth > 1) code.op(0x90 + dice.below(depth - 1));
}

export function writeMemory({ dice, code }: Scope): void {
  const kind = dice.weighted({ load: 4, store: 5, byte: 2 });
  if (kind === "load") {
    code.push(memoryOffset(dice));
    code.op(0x51, { pops: 1, pushes: 1 });
    return;
  }
  if (code.depth === 0 || dice.percent(30)) code.push(interestingWord(dice));
  code.push(memoryOffset(dice));
  code.op(kind === "store" ? 0x52 : 0x53, { pops: 2 });
}

export function writeStorage(scope: Scope): void {
  const { dice, code } = scope;
  if (dice.percent(45)) {
    writeStorageLoad(scope);
    return;
  }
  const isTransient = takesTransient(scope);
  if (code.depth === 0 || dice.percent(70)) code.push(BigInt(dice.pick([0, 1, 1, 2])));
  code.push(slotOf(scope, isTransient));
  code.op(isTransient ? 0x5d : 0x55, { pops: 2 });
}

/** SLOAD or TLOAD; what it finds is sometimes kept in a slot. */
export function writeStorageLoad(scope: Scope): void {
  const { dice, code } = scope;
  const isTransient = takesTransient(scope);
  code.push(slotOf(scope, isTransient));
  code.op(isTransient ? 0x5c : 0x54, { pops: 1, pushes: 1 });
  if (dice.percent(65)) return;
  code.push(BigInt(dice.below(8)));
  code.op(0x55, { pops: 2 });
}

function takesTransient({ dice, fork }: Scope): boolean {
  return has(fork, 0x5c) && dice.percent(40);
}

/** Few slots, fewer of transient storage, so that what is written is found by another. */
function slotOf({ dice }: Scope, isTransient: boolean): bigint {
  if (dice.percent(5)) return interestingWord(dice);
  return BigInt(isTransient ? dice.pick([0, 0, 0, 1]) : dice.below(6));
}

/** Slots in a row are emptied, or filled: refunds beyond their cap, and taken back. */
export function writeClear({ dice, code }: Scope): void {
  const first = dice.below(8);
  const value = dice.percent(80) ? 0n : 1n;
  for (let slot = first; slot < first + 2 + dice.below(14); slot++) {
    code.push(value);
    code.push(BigInt(slot));
    code.op(0x55, { pops: 2 });
  }
}

/** CALLDATACOPY, CODECOPY, EXTCODECOPY, RETURNDATACOPY, MCOPY. */
export function writeCopy(scope: Scope): void {
  const { dice, code, fork } = scope;
  const opcode = dice.pick([0x37, 0x39, 0x3c, 0x3e, 0x5e]);
  if (!has(fork, opcode)) return;
  code.push(opcode === 0x3e && dice.percent(92) ? 0n : memorySize(dice));
  code.push(opcode === 0x3e && dice.percent(92) ? 0n : memoryOffset(dice));
  code.push(memoryOffset(dice));
  if (opcode === 0x3c) pushAddress(scope);
  code.op(opcode, { pops: opcode === 0x3c ? 4 : 3 });
}

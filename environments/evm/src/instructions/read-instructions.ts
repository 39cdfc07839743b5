import type { Instruction } from "@bedplate/environment";
import type { InstructionSet } from "./instruction-set.ts";
import { opcodes } from "./opcode-table.ts";

/** The instructions of `code` in order; they cover it without a gap, also where it is data. */
export function* readInstructions(code: Uint8Array, set: InstructionSet): Generator<Instruction> {
  for (let offset = 0; offset < code.length; ) {
    const op = code[offset] as number;
    const end = Math.min(offset + 1 + (set.immediates[op] as number), code.length);
    const isDefined = set.isDefined[op] === 1;
    yield {
      offset,
      length: end - offset,
      name: set.names[op] as string,
      operands: isDefined ? immediateOf(code, offset + 1, end) : [hexOf(code, offset, end)],
    };
    offset = end;
  }
}

/** The bytes of instructions; undoes `readInstructions`. */
export function writeInstructions(instructions: Iterable<Instruction>): Uint8Array {
  const bytes: number[] = [];
  for (const { name, operands } of instructions) {
    const op = codes.get(name);
    if (op !== undefined) bytes.push(op);
    for (const operand of operands) bytes.push(...Buffer.from(String(operand).slice(2), "hex"));
  }
  return Uint8Array.from(bytes);
}

const codes: ReadonlyMap<string, number> = new Map([
  ...opcodes.flatMap((each) => (each === undefined ? [] : [[each.name, each.code] as const])),
  ["DIFFICULTY", 0x44],
]);

function immediateOf(code: Uint8Array, start: number, end: number): readonly string[] {
  return end > start ? [hexOf(code, start, end)] : [];
}

function hexOf(code: Uint8Array, start: number, end: number): string {
  return `0x${Buffer.from(code.subarray(start, end)).toString("hex")}`;
}

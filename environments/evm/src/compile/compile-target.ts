import type { ValueType } from "../emit/opcodes.ts";
import type { InstructionSet } from "../instructions/instruction-set.ts";

/** Functions of the machine that compiled code calls, with their Wasm types. */
export type MachineFunction =
  | "poll"
  | "reachTo"
  | "addModulo"
  | "multiplyModulo"
  | "limbMultiply"
  | "limbDivide"
  | "limbDivideSigned"
  | "limbRemainder"
  | "limbRemainderSigned"
  | "limbShiftLeft"
  | "limbShiftRight"
  | "limbShiftArithmetic"
  | "limbByte"
  | "limbSignExtend";

export const machineFunctions: Readonly<Record<MachineFunction, FunctionShape>> = {
  poll: { parameters: ["i64", "i32"], results: [] },
  reachTo: { parameters: ["i64", "i32", "i32", "i64", "i64"], results: ["i64", "i32"] },
  addModulo: { parameters: ["i32", "i32", "i32", "i32"], results: [] },
  multiplyModulo: { parameters: ["i32", "i32", "i32", "i32"], results: [] },
  limbMultiply: limbFunction(8),
  limbDivide: limbFunction(8),
  limbDivideSigned: limbFunction(8),
  limbRemainder: limbFunction(8),
  limbRemainderSigned: limbFunction(8),
  limbShiftLeft: limbFunction(5),
  limbShiftRight: limbFunction(5),
  limbShiftArithmetic: limbFunction(5),
  limbByte: { parameters: ["i64", "i64", "i64", "i64", "i64"], results: ["i64"] },
  limbSignExtend: limbFunction(5),
};

/**
 * An instruction as a function of the machine. Gas, the place above the top item, memory and its size in;
 * gas and size out. Operands and answer are on the stack; it charges all that the instruction costs.
 */
export const operationShape: FunctionShape = {
  parameters: ["i64", "i32", "i32", "i32"],
  results: ["i64", "i32"],
};

/** Instructions that are such functions, by opcode: what they take from the stack, and put there. */
export const operationOpcodes: ReadonlySet<number> = new Set([
  0x0a, 0x20, 0x31, 0x35, 0x37, 0x39, 0x3b, 0x3c, 0x3e, 0x3f, 0x40, 0x47, 0x49, 0x54, 0x55, 0x5c,
  0x5d, 0x5e, 0xa0, 0xa1, 0xa2, 0xa3, 0xa4,
]);

/** Instructions that ask the world, which is seen from outside: gas is exact where they begin. */
export const worldOpcodes: ReadonlySet<number> = new Set([
  0x31, 0x3b, 0x3c, 0x3f, 0x40, 0x47, 0x54, 0x55,
]);

/** The name under which the machine offers an instruction. */
export function operationName(opcode: number): string {
  return `operation${opcode.toString(16).padStart(2, "0")}`;
}

export interface FunctionShape {
  readonly parameters: readonly ValueType[];
  readonly results: readonly ValueType[];
}

/** What the step that is being written knows of the module around it. */
export interface CompileTarget {
  readonly bytes: Uint8Array;
  readonly set: InstructionSet;
  /** One byte per byte of code: 1 for a place that a jump may land on. */
  readonly destinations: Uint8Array;
  /** Index of the Wasm type of a step. */
  readonly stepType: number;
  /** Index of the function that the machine offers. */
  indexOf(name: MachineFunction): number;
  /** Index of an instruction's function. */
  operationAt(opcode: number): number;
  /** Index of the function that begins at that place of the code. */
  stepAt(pc: number): number;
  /** Where the step that begins at that place stands in the table, from `tableBase` on. */
  tableOffsetAt(pc: number): number;
  /** The global that the table offsets count from. */
  readonly tableBase: number;
}

/** Limbs in, four limbs out. */
function limbFunction(count: number): FunctionShape {
  return {
    parameters: Array.from({ length: count }, () => "i64" as const),
    results: ["i64", "i64", "i64", "i64"],
  };
}

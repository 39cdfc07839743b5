import { opcodeNames } from "./opcodes/opcode-table.ts";

/**
 * Version of the costs. Fuel totals of two versions cannot be compared; a changed cost is a new
 * version.
 */
export const costTableVersion = 2;

/** Costs nothing: control structure that compiles to no code of its own. */
const freeNames: readonly string[] = [
  "unreachable",
  "nop",
  "block",
  "loop",
  "else",
  "end",
  "try",
  "try_table",
  "catch",
  "catch_all",
  "delegate",
  "drop",
];

/** Costs above one. The weights follow the latency of the x86-64 code that V8 makes for them. */
const weighted: readonly (readonly [cost: number, names: RegExp])[] = [
  [4, /\.(div|rem)(_[su])?$|\.sqrt$/],
  [2, /^(return_)?call$|^i64x2\.mul$/],
  [4, /^(return_)?call_(indirect|ref)$/],
  // The engine unwinds through its runtime: 220 to 400 ns on the machine where a unit is 0.1 to 0.2.
  [2_000, /^throw|^rethrow$/],
  [4, /\.atomic\./],
  [4, /^struct\.new|^array\.new|^ref\.(test|cast)|^br_on_cast|^any\.convert|^extern\.convert/],
  [8, /^memory\.(init|copy|fill)$|^table\.(init|copy|fill|grow)$|^array\.(fill|copy|init)/],
  [16, /^memory\.grow$/],
];

/** The fuel of one execution of each opcode, by dense code; every other opcode costs one. */
export const opcodeCosts: Uint16Array = Uint16Array.from(opcodeNames, costOf);

function costOf(name: string): number {
  if (name === "" || freeNames.includes(name)) return 0;
  return weighted.find(([, names]) => names.test(name))?.[0] ?? 1;
}

/** What an operation that works on a length is charged besides its opcode. */
export interface LengthCharge {
  /** Fuel is the length shifted left by this, or right where it is negative. */
  readonly shift: number;
}

/** Charges by length: bytes of memory by eights, table and array elements singly, pages by 1024. */
export const lengthCharges: ReadonlyMap<string, LengthCharge> = new Map([
  ["memory.init", { shift: -3 }],
  ["memory.copy", { shift: -3 }],
  ["memory.fill", { shift: -3 }],
  ["memory.grow", { shift: 10 }],
  ["table.init", { shift: 0 }],
  ["table.copy", { shift: 0 }],
  ["table.fill", { shift: 0 }],
  ["table.grow", { shift: 0 }],
  ["array.new", { shift: 0 }],
  ["array.new_default", { shift: 0 }],
  ["array.new_data", { shift: 0 }],
  ["array.new_elem", { shift: 0 }],
  ["array.fill", { shift: 0 }],
  ["array.copy", { shift: 0 }],
  ["array.init_data", { shift: 0 }],
  ["array.init_elem", { shift: 0 }],
]);

/** A 64-bit length is charged as at most this many units, so that the counter cannot wrap. */
export const lengthUnitsBitsMax = 40;

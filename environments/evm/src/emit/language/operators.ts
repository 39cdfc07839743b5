import { op, type ValueType } from "../opcodes.ts";
import type { Width } from "./syntax.ts";

/** Binary operators: the i32 opcode and the i64 opcode. Unsigned where no `s` says otherwise. */
export const arithmetic: Readonly<Record<string, readonly [number, number]>> = {
  "+": [op.i32_add, op.i64_add],
  "-": [op.i32_sub, op.i64_sub],
  "*": [op.i32_mul, op.i64_mul],
  "/": [op.i32_div_u, op.i64_div_u],
  "%": [op.i32_rem_u, op.i64_rem_u],
  "/s": [op.i32_div_s, op.i64_div_s],
  "%s": [op.i32_rem_s, op.i64_rem_s],
  "&": [op.i32_and, op.i64_and],
  "|": [op.i32_or, op.i64_or],
  "^": [op.i32_xor, op.i64_xor],
  "<<": [op.i32_shl, op.i64_shl],
  ">>": [op.i32_shr_u, op.i64_shr_u],
  ">>s": [op.i32_shr_s, op.i64_shr_s],
};

/** Operators that answer an i32. */
export const comparisons: Readonly<Record<string, readonly [number, number]>> = {
  "==": [op.i32_eq, op.i64_eq],
  "!=": [op.i32_ne, op.i64_ne],
  "<": [op.i32_lt_u, op.i64_lt_u],
  ">": [op.i32_gt_u, op.i64_gt_u],
  "<=": [op.i32_le_u, op.i64_le_u],
  ">=": [op.i32_ge_u, op.i64_ge_u],
  "<s": [op.i32_lt_s, op.i64_lt_s],
  ">s": [op.i32_gt_s, op.i64_gt_s],
  "<=s": [op.i32_le_s, op.i64_le_s],
  ">=s": [op.i32_ge_s, op.i64_ge_s],
};

/** Functions that are instructions of both widths, with the number of their operands. */
export const instructions: Readonly<Record<string, readonly [number, number, number]>> = {
  clz: [op.i32_clz, op.i64_clz, 1],
  ctz: [op.i32_ctz, op.i64_ctz, 1],
  popcnt: [op.i32_popcnt, op.i64_popcnt, 1],
  rotl: [op.i32_rotl, op.i64_rotl, 2],
  rotr: [op.i32_rotr, op.i64_rotr, 2],
};

interface Access {
  readonly type: ValueType;
  readonly load: number;
  readonly store: number;
}

/** Opcodes of loads and stores; those of v128 stand behind the vector prefix. */
export const accesses: Readonly<Record<Width, Access>> = {
  u8: { type: "i32", load: op.i32_load8_u, store: op.i32_store8 },
  u16: { type: "i32", load: op.i32_load16_u, store: op.i32_store16 },
  i32: { type: "i32", load: op.i32_load, store: op.i32_store },
  i64: { type: "i64", load: op.i64_load, store: op.i64_store },
  u8long: { type: "i64", load: op.i64_load8_u, store: op.i64_store8 },
  u16long: { type: "i64", load: op.i64_load16_u, store: op.i64_store16 },
  u32long: { type: "i64", load: op.i64_load32_u, store: op.i64_store32 },
  v128: { type: "v128", load: 0, store: 0 },
};

import { ByteWriter } from "@bedplate/wasm-module";
import { emptyBlock, op } from "../../emit/opcodes.ts";

/** Instructions as bytes. Functions here take the instructions that compute their operands. */
export type Code = readonly number[];

export const get = (local: number): Code => [op.local_get, ...unsigned(local)];
export const set = (local: number, value: Code): Code => [
  ...value,
  op.local_set,
  ...unsigned(local),
];

export const int = (value: number): Code => [op.i32_const, ...signed(value)];
export const long = (value: bigint): Code => [op.i64_const, ...signed(value)];

export const addInt = (a: Code, b: Code): Code => [...a, ...b, op.i32_add];
export const subInt = (a: Code, b: Code): Code => [...a, ...b, op.i32_sub];
export const isLessInt = (a: Code, b: Code): Code => [...a, ...b, op.i32_lt_u];
export const isZeroInt = (a: Code): Code => [...a, op.i32_eqz];

export const add = (a: Code, b: Code): Code => [...a, ...b, op.i64_add];
export const and = (a: Code, b: Code): Code => [...a, ...b, op.i64_and];
export const xor = (a: Code, b: Code): Code => [...a, ...b, op.i64_xor];
export const rotateLeft = (a: Code, bits: number): Code => rotate(a, bits);
export const rotateRight = (a: Code, bits: number): Code => rotate(a, 64 - bits);

/** The 64-bit word at an address plus an offset, least significant byte first. */
export const load = (at: Code, offset: number): Code => [
  ...at,
  op.i64_load,
  byteAligned,
  ...unsigned(offset),
];
export const store = (at: Code, word: { readonly offset: number; readonly value: Code }): Code => [
  ...at,
  ...word.value,
  op.i64_store,
  byteAligned,
  ...unsigned(word.offset),
];

/** Runs `body`, and again while `condition` holds after it. */
export const repeatWhile = (condition: Code, body: Code): Code => [
  op.loop,
  emptyBlock,
  ...body,
  ...condition,
  op.br_if,
  0,
  op.end,
];

/** Runs `body` for ever; `leaveIf` directly inside it is the way out. */
export const repeat = (body: Code): Code => [
  op.block,
  emptyBlock,
  ...repeatWhile(int(1), body),
  op.end,
];
export const leaveIf = (condition: Code): Code => [...condition, op.br_if, 1];

export const onlyIf = (condition: Code, body: Code): Code => [
  ...condition,
  op.if,
  emptyBlock,
  ...body,
  op.end,
];

/** The alignment that is always right. */
const byteAligned = 0;

const writer = new ByteWriter(16);

function unsigned(value: number): Code {
  writer.clear();
  writer.u32(value);
  return [...writer.view()];
}

function signed(value: number | bigint): Code {
  writer.clear();
  writer.s64(value);
  return [...writer.view()];
}

function rotate(a: Code, bits: number): Code {
  return bits % 64 === 0 ? a : [...a, ...long(BigInt(bits)), op.i64_rotl];
}

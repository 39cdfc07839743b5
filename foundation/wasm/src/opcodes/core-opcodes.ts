import type { OpcodeRow } from "./opcode-row.ts";

/**
 * One-byte opcodes. A row names consecutive opcodes from `first`; "-" leaves a gap.
 * Source: WebAssembly Core Specification 3.0, section 5.4, and the legacy exception handling
 * proposal for `try`, `catch`, `rethrow`, `delegate` and `catch_all`.
 */
export const coreOpcodes: readonly OpcodeRow[] = [
  { first: 0x00, names: "unreachable nop" },
  { first: 0x02, names: "block loop", operands: "block" },
  { first: 0x04, names: "if", operands: "block", pops: 1 },
  { first: 0x05, names: "else" },
  { first: 0x06, names: "try", operands: "block", feature: "exceptions" },
  { first: 0x07, names: "catch", operands: "tag", feature: "exceptions" },
  { first: 0x08, names: "throw", operands: "tag", feature: "exceptions" },
  { first: 0x09, names: "rethrow", operands: "label", feature: "exceptions" },
  { first: 0x0a, names: "throw_ref", pops: 1, feature: "exceptions" },
  { first: 0x0b, names: "end" },
  { first: 0x0c, names: "br", operands: "label" },
  { first: 0x0d, names: "br_if", operands: "label", pops: 1 },
  { first: 0x0e, names: "br_table", operands: "labels", pops: 1 },
  { first: 0x0f, names: "return" },
  { first: 0x10, names: "call", operands: "function" },
  { first: 0x11, names: "call_indirect", operands: "type table", pops: 1 },
  { first: 0x12, names: "return_call", operands: "function", feature: "tail-calls" },
  {
    first: 0x13,
    names: "return_call_indirect",
    operands: "type table",
    pops: 1,
    feature: "tail-calls",
  },
  { first: 0x14, names: "call_ref", operands: "type", pops: 1, feature: "gc" },
  { first: 0x15, names: "return_call_ref", operands: "type", pops: 1, feature: "gc" },
  { first: 0x18, names: "delegate", operands: "label", feature: "exceptions" },
  { first: 0x19, names: "catch_all", feature: "exceptions" },
  { first: 0x1a, names: "drop", pops: 1 },
  { first: 0x1b, names: "select", pops: 3, pushes: 1 },
  { first: 0x1c, names: "select", operands: "value-types", pops: 3, pushes: 1 },
  { first: 0x1f, names: "try_table", operands: "try-table", feature: "exceptions" },
  { first: 0x20, names: "local.get", operands: "local", pushes: 1 },
  { first: 0x21, names: "local.set", operands: "local", pops: 1 },
  { first: 0x22, names: "local.tee", operands: "local", pops: 1, pushes: 1 },
  { first: 0x23, names: "global.get", operands: "global", pushes: 1 },
  { first: 0x24, names: "global.set", operands: "global", pops: 1 },
  { first: 0x25, names: "table.get", operands: "table", pops: 1, pushes: 1 },
  { first: 0x26, names: "table.set", operands: "table", pops: 2 },
  {
    first: 0x28,
    names:
      "i32.load i64.load f32.load f64.load i32.load8_s i32.load8_u i32.load16_s i32.load16_u " +
      "i64.load8_s i64.load8_u i64.load16_s i64.load16_u i64.load32_s i64.load32_u",
    operands: "memarg",
    pops: 1,
    pushes: 1,
  },
  {
    first: 0x36,
    names:
      "i32.store i64.store f32.store f64.store i32.store8 i32.store16 i64.store8 i64.store16 " +
      "i64.store32",
    operands: "memarg",
    pops: 2,
  },
  { first: 0x3f, names: "memory.size", operands: "memory", pushes: 1 },
  { first: 0x40, names: "memory.grow", operands: "memory", pops: 1, pushes: 1 },
  { first: 0x41, names: "i32.const", operands: "i32", pushes: 1 },
  { first: 0x42, names: "i64.const", operands: "i64", pushes: 1 },
  { first: 0x43, names: "f32.const", operands: "f32", pushes: 1 },
  { first: 0x44, names: "f64.const", operands: "f64", pushes: 1 },
  { first: 0x45, names: "i32.eqz", pops: 1, pushes: 1 },
  {
    first: 0x46,
    names: "i32.eq i32.ne i32.lt_s i32.lt_u i32.gt_s i32.gt_u i32.le_s i32.le_u i32.ge_s i32.ge_u",
    pops: 2,
    pushes: 1,
  },
  { first: 0x50, names: "i64.eqz", pops: 1, pushes: 1 },
  {
    first: 0x51,
    names:
      "i64.eq i64.ne i64.lt_s i64.lt_u i64.gt_s i64.gt_u i64.le_s i64.le_u i64.ge_s i64.ge_u " +
      "f32.eq f32.ne f32.lt f32.gt f32.le f32.ge f64.eq f64.ne f64.lt f64.gt f64.le f64.ge",
    pops: 2,
    pushes: 1,
  },
  { first: 0x67, names: "i32.clz i32.ctz i32.popcnt", pops: 1, pushes: 1 },
  {
    first: 0x6a,
    names:
      "i32.add i32.sub i32.mul i32.div_s i32.div_u i32.rem_s i32.rem_u i32.and i32.or i32.xor " +
      "i32.shl i32.shr_s i32.shr_u i32.rotl i32.rotr",
    pops: 2,
    pushes: 1,
  },
  { first: 0x79, names: "i64.clz i64.ctz i64.popcnt", pops: 1, pushes: 1 },
  {
    first: 0x7c,
    names:
      "i64.add i64.sub i64.mul i64.div_s i64.div_u i64.rem_s i64.rem_u i64.and i64.or i64.xor " +
      "i64.shl i64.shr_s i64.shr_u i64.rotl i64.rotr",
    pops: 2,
    pushes: 1,
  },
  { first: 0x8b, names: "f32.abs f32.neg", pops: 1, pushes: 1 },
  {
    first: 0x8d,
    names: "f32.ceil f32.floor f32.trunc f32.nearest f32.sqrt",
    pops: 1,
    pushes: 1,
    nan: "f32",
  },
  {
    first: 0x92,
    names: "f32.add f32.sub f32.mul f32.div f32.min f32.max",
    pops: 2,
    pushes: 1,
    nan: "f32",
  },
  { first: 0x98, names: "f32.copysign", pops: 2, pushes: 1 },
  { first: 0x99, names: "f64.abs f64.neg", pops: 1, pushes: 1 },
  {
    first: 0x9b,
    names: "f64.ceil f64.floor f64.trunc f64.nearest f64.sqrt",
    pops: 1,
    pushes: 1,
    nan: "f64",
  },
  {
    first: 0xa0,
    names: "f64.add f64.sub f64.mul f64.div f64.min f64.max",
    pops: 2,
    pushes: 1,
    nan: "f64",
  },
  { first: 0xa6, names: "f64.copysign", pops: 2, pushes: 1 },
  {
    first: 0xa7,
    names:
      "i32.wrap_i64 i32.trunc_f32_s i32.trunc_f32_u i32.trunc_f64_s i32.trunc_f64_u " +
      "i64.extend_i32_s i64.extend_i32_u i64.trunc_f32_s i64.trunc_f32_u i64.trunc_f64_s " +
      "i64.trunc_f64_u f32.convert_i32_s f32.convert_i32_u f32.convert_i64_s f32.convert_i64_u",
    pops: 1,
    pushes: 1,
  },
  { first: 0xb6, names: "f32.demote_f64", pops: 1, pushes: 1, nan: "f32" },
  {
    first: 0xb7,
    names: "f64.convert_i32_s f64.convert_i32_u f64.convert_i64_s f64.convert_i64_u",
    pops: 1,
    pushes: 1,
  },
  { first: 0xbb, names: "f64.promote_f32", pops: 1, pushes: 1, nan: "f64" },
  {
    first: 0xbc,
    names:
      "i32.reinterpret_f32 i64.reinterpret_f64 f32.reinterpret_i32 f64.reinterpret_i64 " +
      "i32.extend8_s i32.extend16_s i64.extend8_s i64.extend16_s i64.extend32_s",
    pops: 1,
    pushes: 1,
  },
  { first: 0xd0, names: "ref.null", operands: "heap-type", pushes: 1 },
  { first: 0xd1, names: "ref.is_null", pops: 1, pushes: 1 },
  { first: 0xd2, names: "ref.func", operands: "function", pushes: 1 },
  { first: 0xd3, names: "ref.eq", pops: 2, pushes: 1, feature: "gc" },
  { first: 0xd4, names: "ref.as_non_null", pops: 1, pushes: 1, feature: "gc" },
  { first: 0xd5, names: "br_on_null", operands: "label", feature: "gc" },
  { first: 0xd6, names: "br_on_non_null", operands: "label", pops: 1, feature: "gc" },
];

import type { OpcodeRow } from "./opcode-row.ts";

const none = { first: 0x00, names: "" };

/** Opcodes after 0xfb: garbage-collected structures. Source: Core Specification 3.0, section 5.4. */
export const gcOpcodes: readonly OpcodeRow[] = [
  { first: 0x00, names: "struct.new", operands: "type" },
  { first: 0x01, names: "struct.new_default", operands: "type", pushes: 1 },
  {
    first: 0x02,
    names: "struct.get struct.get_s struct.get_u",
    operands: "type field",
    pops: 1,
    pushes: 1,
  },
  { first: 0x05, names: "struct.set", operands: "type field", pops: 2 },
  { first: 0x06, names: "array.new", operands: "type", pops: 2, pushes: 1 },
  { first: 0x07, names: "array.new_default", operands: "type", pops: 1, pushes: 1 },
  { first: 0x08, names: "array.new_fixed", operands: "type count", pushes: 1 },
  { first: 0x09, names: "array.new_data", operands: "type data", pops: 2, pushes: 1 },
  { first: 0x0a, names: "array.new_elem", operands: "type element", pops: 2, pushes: 1 },
  { first: 0x0b, names: "array.get array.get_s array.get_u", operands: "type", pops: 2, pushes: 1 },
  { first: 0x0e, names: "array.set", operands: "type", pops: 3 },
  { first: 0x0f, names: "array.len", pops: 1, pushes: 1 },
  { first: 0x10, names: "array.fill", operands: "type", pops: 4 },
  { first: 0x11, names: "array.copy", operands: "type type", pops: 5 },
  { first: 0x12, names: "array.init_data", operands: "type data", pops: 4 },
  { first: 0x13, names: "array.init_elem", operands: "type element", pops: 4 },
  {
    first: 0x14,
    names: "ref.test ref.test_null ref.cast ref.cast_null",
    operands: "heap-type",
    pops: 1,
    pushes: 1,
  },
  { first: 0x18, names: "br_on_cast br_on_cast_fail", operands: "cast" },
  {
    first: 0x1a,
    names: "any.convert_extern extern.convert_any ref.i31 i31.get_s i31.get_u",
    pops: 1,
    pushes: 1,
  },
].map((row) => ({ ...none, ...row, feature: "gc" }) as OpcodeRow);

/** Opcodes after 0xfc: saturating truncation and bulk operations. */
export const bulkOpcodes: readonly OpcodeRow[] = [
  {
    first: 0x00,
    names:
      "i32.trunc_sat_f32_s i32.trunc_sat_f32_u i32.trunc_sat_f64_s i32.trunc_sat_f64_u " +
      "i64.trunc_sat_f32_s i64.trunc_sat_f32_u i64.trunc_sat_f64_s i64.trunc_sat_f64_u",
    pops: 1,
    pushes: 1,
  },
  { first: 0x08, names: "memory.init", operands: "data memory", pops: 3 },
  { first: 0x09, names: "data.drop", operands: "data" },
  { first: 0x0a, names: "memory.copy", operands: "memory memory", pops: 3 },
  { first: 0x0b, names: "memory.fill", operands: "memory", pops: 3 },
  { first: 0x0c, names: "table.init", operands: "element table", pops: 3 },
  { first: 0x0d, names: "elem.drop", operands: "element" },
  { first: 0x0e, names: "table.copy", operands: "table table", pops: 3 },
  { first: 0x0f, names: "table.grow", operands: "table", pops: 2, pushes: 1 },
  { first: 0x10, names: "table.size", operands: "table", pushes: 1 },
  { first: 0x11, names: "table.fill", operands: "table", pops: 3 },
];

const atomicWidths = (kind: string): string =>
  ["i32.atomic", "i64.atomic"].map((type) => `${type}.${kind}`).join(" ");

const narrowWidths = (kind: string, suffix: string): string =>
  ["i32.atomic.#8", "i32.atomic.#16", "i64.atomic.#8", "i64.atomic.#16", "i64.atomic.#32"]
    .map((pattern) => pattern.replace("#", kind) + suffix)
    .join(" ");

const readModifyWrite = (operation: string): string =>
  `i32.atomic.rmw.${operation} i64.atomic.rmw.${operation} ${narrowWidths("rmw", `.${operation}_u`)}`;

/** Opcodes after 0xfe: threads. Source: the threads proposal, binary format. */
export const atomicOpcodes: readonly OpcodeRow[] = [
  { first: 0x00, names: "memory.atomic.notify", operands: "memarg", pops: 2, pushes: 1 },
  {
    first: 0x01,
    names: "memory.atomic.wait32 memory.atomic.wait64",
    operands: "memarg",
    pops: 3,
    pushes: 1,
  },
  { first: 0x03, names: "atomic.fence", operands: "zero-byte" },
  {
    first: 0x10,
    names: `${atomicWidths("load")} ${narrowWidths("load", "_u")}`,
    operands: "memarg",
    pops: 1,
    pushes: 1,
  },
  {
    first: 0x17,
    names: `${atomicWidths("store")} ${narrowWidths("store", "")}`,
    operands: "memarg",
    pops: 2,
  },
  {
    first: 0x1e,
    names: ["add", "sub", "and", "or", "xor", "xchg"].map(readModifyWrite).join(" "),
    operands: "memarg",
    pops: 2,
    pushes: 1,
  },
  { first: 0x48, names: readModifyWrite("cmpxchg"), operands: "memarg", pops: 3, pushes: 1 },
].map((row) => ({ ...none, ...row, feature: "threads" }) as OpcodeRow);

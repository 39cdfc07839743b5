import type { OpcodeRow } from "./opcode-row.ts";

const unary = { pops: 1, pushes: 1 } as const;
const binary = { pops: 2, pushes: 1 } as const;
const ternary = { pops: 3, pushes: 1 } as const;

/** Names of one lane shape: `lanes("i8x16", "eq ne")` is `i8x16.eq i8x16.ne`; "-" stays a gap. */
function lanes(shape: string, operations: string): string {
  const named = (operation: string) => (operation === "-" ? "-" : `${shape}.${operation}`);
  return operations.split(" ").map(named).join(" ");
}

const orders = "eq ne lt_s lt_u gt_s gt_u le_s le_u ge_s ge_u";
const floatOrders = "eq ne lt gt le ge";

const memoryRows: readonly OpcodeRow[] = [
  {
    first: 0x00,
    names: lanes(
      "v128",
      "load load8x8_s load8x8_u load16x4_s load16x4_u load32x2_s load32x2_u " +
        "load8_splat load16_splat load32_splat load64_splat",
    ),
    operands: "memarg",
    ...unary,
  },
  { first: 0x0b, names: "v128.store", operands: "memarg", pops: 2 },
  { first: 0x0c, names: "v128.const", operands: "v128", pushes: 1 },
  { first: 0x0d, names: "i8x16.shuffle", operands: "lanes16", ...binary },
  { first: 0x0e, names: "i8x16.swizzle", ...binary },
  {
    first: 0x54,
    names: lanes("v128", "load8_lane load16_lane load32_lane load64_lane"),
    operands: "memarg lane",
    ...binary,
  },
  {
    first: 0x58,
    names: lanes("v128", "store8_lane store16_lane store32_lane store64_lane"),
    operands: "memarg lane",
    pops: 2,
  },
  { first: 0x5c, names: "v128.load32_zero v128.load64_zero", operands: "memarg", ...unary },
];

const laneRows: readonly OpcodeRow[] = [
  {
    first: 0x0f,
    names: "i8x16.splat i16x8.splat i32x4.splat i64x2.splat f32x4.splat f64x2.splat",
    ...unary,
  },
  {
    first: 0x15,
    names: lanes("i8x16", "extract_lane_s extract_lane_u"),
    operands: "lane",
    ...unary,
  },
  { first: 0x17, names: "i8x16.replace_lane", operands: "lane", ...binary },
  {
    first: 0x18,
    names: lanes("i16x8", "extract_lane_s extract_lane_u"),
    operands: "lane",
    ...unary,
  },
  { first: 0x1a, names: "i16x8.replace_lane", operands: "lane", ...binary },
  { first: 0x1b, names: "i32x4.extract_lane", operands: "lane", ...unary },
  { first: 0x1c, names: "i32x4.replace_lane", operands: "lane", ...binary },
  { first: 0x1d, names: "i64x2.extract_lane", operands: "lane", ...unary },
  { first: 0x1e, names: "i64x2.replace_lane", operands: "lane", ...binary },
  { first: 0x1f, names: "f32x4.extract_lane", operands: "lane", ...unary },
  { first: 0x20, names: "f32x4.replace_lane", operands: "lane", ...binary },
  { first: 0x21, names: "f64x2.extract_lane", operands: "lane", ...unary },
  { first: 0x22, names: "f64x2.replace_lane", operands: "lane", ...binary },
];

const bitRows: readonly OpcodeRow[] = [
  {
    first: 0x23,
    names: [
      lanes("i8x16", orders),
      lanes("i16x8", orders),
      lanes("i32x4", orders),
      lanes("f32x4", floatOrders),
      lanes("f64x2", floatOrders),
    ].join(" "),
    ...binary,
  },
  { first: 0x4d, names: "v128.not", ...unary },
  { first: 0x4e, names: lanes("v128", "and andnot or xor"), ...binary },
  { first: 0x52, names: "v128.bitselect", ...ternary },
  { first: 0x53, names: "v128.any_true", ...unary },
];

const bytesRows: readonly OpcodeRow[] = [
  { first: 0x60, names: lanes("i8x16", "abs neg popcnt all_true bitmask"), ...unary },
  { first: 0x65, names: lanes("i8x16", "narrow_i16x8_s narrow_i16x8_u"), ...binary },
  {
    first: 0x6b,
    names: lanes("i8x16", "shl shr_s shr_u add add_sat_s add_sat_u sub sub_sat_s sub_sat_u"),
    ...binary,
  },
  { first: 0x76, names: lanes("i8x16", "min_s min_u max_s max_u"), ...binary },
  { first: 0x7b, names: "i8x16.avgr_u", ...binary },
  {
    first: 0x7c,
    names: lanes("i16x8", "extadd_pairwise_i8x16_s extadd_pairwise_i8x16_u"),
    ...unary,
  },
  {
    first: 0x7e,
    names: lanes("i32x4", "extadd_pairwise_i16x8_s extadd_pairwise_i16x8_u"),
    ...unary,
  },
];

/** Lanes of 16, 32 and 64 bits share one layout, 0x20 opcodes each. */
function wideRows(first: number, shape: string, half: string): readonly OpcodeRow[] {
  return [
    { first, names: lanes(shape, "abs neg"), ...unary },
    { first: first + 3, names: lanes(shape, "all_true bitmask"), ...unary },
    {
      first: first + 7,
      names: lanes(
        shape,
        `extend_low_${half}_s extend_high_${half}_s extend_low_${half}_u extend_high_${half}_u`,
      ),
      ...unary,
    },
    { first: first + 11, names: lanes(shape, "shl shr_s shr_u add"), ...binary },
    { first: first + 17, names: `${shape}.sub`, ...binary },
    { first: first + 21, names: `${shape}.mul`, ...binary },
    {
      first: first + 28,
      names: lanes(
        shape,
        `extmul_low_${half}_s extmul_high_${half}_s extmul_low_${half}_u extmul_high_${half}_u`,
      ),
      ...binary,
    },
  ];
}

const integerRows: readonly OpcodeRow[] = [
  ...wideRows(0x80, "i16x8", "i8x16"),
  { first: 0x82, names: "i16x8.q15mulr_sat_s", ...binary },
  { first: 0x85, names: lanes("i16x8", "narrow_i32x4_s narrow_i32x4_u"), ...binary },
  {
    first: 0x8f,
    names: lanes("i16x8", "add_sat_s add_sat_u sub sub_sat_s sub_sat_u"),
    ...binary,
  },
  { first: 0x96, names: lanes("i16x8", "min_s min_u max_s max_u"), ...binary },
  { first: 0x9b, names: "i16x8.avgr_u", ...binary },
  ...wideRows(0xa0, "i32x4", "i16x8"),
  { first: 0xb6, names: lanes("i32x4", "min_s min_u max_s max_u dot_i16x8_s"), ...binary },
  ...wideRows(0xc0, "i64x2", "i32x4"),
  { first: 0xd6, names: lanes("i64x2", "eq ne lt_s gt_s le_s ge_s"), ...binary },
];

const floatRows: readonly OpcodeRow[] = [
  { first: 0x5e, names: "f32x4.demote_f64x2_zero", ...unary, nan: "f32x4" },
  { first: 0x5f, names: "f64x2.promote_low_f32x4", ...unary, nan: "f64x2" },
  { first: 0x67, names: lanes("f32x4", "ceil floor trunc nearest"), ...unary, nan: "f32x4" },
  { first: 0x74, names: lanes("f64x2", "ceil floor"), ...unary, nan: "f64x2" },
  { first: 0x7a, names: "f64x2.trunc", ...unary, nan: "f64x2" },
  { first: 0x94, names: "f64x2.nearest", ...unary, nan: "f64x2" },
  { first: 0xe0, names: lanes("f32x4", "abs neg"), ...unary },
  { first: 0xe3, names: "f32x4.sqrt", ...unary, nan: "f32x4" },
  { first: 0xe4, names: lanes("f32x4", "add sub mul div min max"), ...binary, nan: "f32x4" },
  // pmin and pmax copy one operand as it is: they make no NaN of their own.
  { first: 0xea, names: lanes("f32x4", "pmin pmax"), ...binary },
  { first: 0xec, names: lanes("f64x2", "abs neg"), ...unary },
  { first: 0xef, names: "f64x2.sqrt", ...unary, nan: "f64x2" },
  { first: 0xf0, names: lanes("f64x2", "add sub mul div min max"), ...binary, nan: "f64x2" },
  { first: 0xf6, names: lanes("f64x2", "pmin pmax"), ...binary },
  {
    first: 0xf8,
    names:
      "i32x4.trunc_sat_f32x4_s i32x4.trunc_sat_f32x4_u f32x4.convert_i32x4_s " +
      "f32x4.convert_i32x4_u i32x4.trunc_sat_f64x2_s_zero i32x4.trunc_sat_f64x2_u_zero " +
      "f64x2.convert_low_i32x4_s f64x2.convert_low_i32x4_u",
    ...unary,
  },
];

const relaxedRows: readonly OpcodeRow[] = [
  { first: 0x100, names: "i8x16.relaxed_swizzle", ...binary },
  {
    first: 0x101,
    names: lanes(
      "i32x4",
      "relaxed_trunc_f32x4_s relaxed_trunc_f32x4_u relaxed_trunc_f64x2_s_zero " +
        "relaxed_trunc_f64x2_u_zero",
    ),
    ...unary,
  },
  { first: 0x105, names: lanes("f32x4", "relaxed_madd relaxed_nmadd"), ...ternary, nan: "f32x4" },
  { first: 0x107, names: lanes("f64x2", "relaxed_madd relaxed_nmadd"), ...ternary, nan: "f64x2" },
  {
    first: 0x109,
    names:
      "i8x16.relaxed_laneselect i16x8.relaxed_laneselect i32x4.relaxed_laneselect " +
      "i64x2.relaxed_laneselect",
    ...ternary,
  },
  { first: 0x10d, names: lanes("f32x4", "relaxed_min relaxed_max"), ...binary, nan: "f32x4" },
  { first: 0x10f, names: lanes("f64x2", "relaxed_min relaxed_max"), ...binary, nan: "f64x2" },
  { first: 0x111, names: lanes("i16x8", "relaxed_q15mulr_s relaxed_dot_i8x16_i7x16_s"), ...binary },
  { first: 0x113, names: "i32x4.relaxed_dot_i8x16_i7x16_add_s", ...ternary },
];

/** Opcodes after 0xfd: vectors. Source: Core Specification 3.0, section 5.4. */
export const simdOpcodes: readonly OpcodeRow[] = [
  ...[memoryRows, laneRows, bitRows, bytesRows, integerRows, floatRows]
    .flat()
    .map((row): OpcodeRow => ({ ...row, feature: "simd" })),
  ...relaxedRows.map((row): OpcodeRow => ({ ...row, feature: "relaxed-simd" })),
];

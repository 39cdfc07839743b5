/**
 * Single numeric instructions: `name operands = result`, or `! reason` for a trap. Integers are
 * decimal or hexadecimal, results signed.
 */
export const numericCases: readonly string[] = `
i32.add 7 5 = 12
i32.add 2147483647 1 = -2147483648
i32.sub 3 5 = -2
i32.mul 65536 65536 = 0
i32.mul -3 7 = -21
i32.div_s -7 2 = -3
i32.div_s -2147483648 -1 ! integer overflow
i32.div_s 1 0 ! integer divide by zero
i32.div_u -1 2 = 2147483647
i32.div_u 1 0 ! integer divide by zero
i32.rem_s -7 2 = -1
i32.rem_s -2147483648 -1 = 0
i32.rem_s 5 0 ! integer divide by zero
i32.rem_u -1 10 = 5
i32.rem_u 5 0 ! integer divide by zero
i32.and 12 10 = 8
i32.or 12 10 = 14
i32.xor 12 10 = 6
i32.shl 1 33 = 2
i32.shr_s -8 1 = -4
i32.shr_u -8 1 = 2147483644
i32.rotl -2147483648 1 = 1
i32.rotr 1 1 = -2147483648
i32.clz 1 = 31
i32.clz 0 = 32
i32.ctz 8 = 3
i32.ctz 0 = 32
i32.popcnt -1 = 32
i32.eqz 0 = 1
i32.eq 4 4 = 1
i32.ne 4 4 = 0
i32.lt_s -1 1 = 1
i32.lt_u -1 1 = 0
i32.gt_s 2 1 = 1
i32.gt_u -1 1 = 1
i32.le_s 1 1 = 1
i32.le_u 2 1 = 0
i32.ge_s -1 0 = 0
i32.ge_u -1 0 = 1
i32.extend8_s 255 = -1
i32.extend16_s 32768 = -32768
i32.wrap_i64 4294967297 = 1
i64.add 9223372036854775807 1 = -9223372036854775808
i64.sub 0 1 = -1
i64.mul 4294967296 4294967296 = 0
i64.div_s -9 4 = -2
i64.div_s -9223372036854775808 -1 ! integer overflow
i64.div_s 1 0 ! integer divide by zero
i64.div_u -1 2 = 9223372036854775807
i64.rem_s -9 4 = -1
i64.rem_u 9 0 ! integer divide by zero
i64.and 12 10 = 8
i64.or 12 10 = 14
i64.xor 12 10 = 6
i64.shl 1 65 = 2
i64.shr_s -8 1 = -4
i64.shr_u -1 63 = 1
i64.rotl 1 64 = 1
i64.rotr 1 1 = -9223372036854775808
i64.clz 1 = 63
i64.ctz 0 = 64
i64.popcnt 255 = 8
i64.eqz 1 = 0
i64.lt_s -1 1 = 1
i64.lt_u -1 1 = 0
i64.ge_s 1 1 = 1
i64.gt_u -1 1 = 1
i64.extend_i32_s -1 = -1
i64.extend_i32_u -1 = 4294967295
i64.extend8_s 128 = -128
i64.extend32_s 4294967295 = -1
f32.add 1.5 2.25 = 3.75
f32.sub 1 0.5 = 0.5
f32.mul 3 0.5 = 1.5
f32.div 1 0 = Infinity
f32.sqrt 2.25 = 1.5
f32.min -0 0 = -0
f32.max 1 2 = 2
f32.abs -2 = 2
f32.neg 2 = -2
f32.ceil 1.25 = 2
f32.floor -1.25 = -2
f32.trunc -1.75 = -1
f32.nearest 2.5 = 2
f32.copysign 3 -1 = -3
f32.lt 1 2 = 1
f32.eq NaN NaN = 0
f32.ne NaN NaN = 1
f64.add 0.1 0.2 = 0.30000000000000004
f64.sub 1 3 = -2
f64.mul 1e200 1e200 = Infinity
f64.div 0 0 = NaN
f64.sqrt -1 = NaN
f64.min 1 NaN = NaN
f64.max -0 0 = 0
f64.abs -0.5 = 0.5
f64.neg 0 = -0
f64.ceil -0.5 = -0
f64.floor 1.9 = 1
f64.trunc 2.9 = 2
f64.nearest 3.5 = 4
f64.copysign 2 -0 = -2
f64.le 1 1 = 1
f64.gt NaN 1 = 0
f64.ge 2 1 = 1
i32.trunc_f64_s -1.9 = -1
i32.trunc_f64_s NaN ! invalid conversion to integer
i32.trunc_f64_u -1 ! invalid conversion to integer
i32.trunc_f32_s 3.9 = 3
i64.trunc_f64_s 1e30 ! invalid conversion to integer
i64.trunc_f64_u 5.5 = 5
i32.trunc_sat_f64_s NaN = 0
i32.trunc_sat_f64_s 1e30 = 2147483647
i32.trunc_sat_f64_u -5 = 0
i64.trunc_sat_f64_s -1e30 = -9223372036854775808
f32.convert_i32_s -1 = -1
f32.convert_i64_u -1 = 18446744073709552000
f64.convert_i32_u -1 = 4294967295
f64.convert_i64_s -5 = -5
f32.demote_f64 1.1 = 1.100000023841858
f64.promote_f32 0.5 = 0.5
i32.reinterpret_f32 1 = 1065353216
i64.reinterpret_f64 1 = 4607182418800017408
f32.reinterpret_i32 1065353216 = 1
f64.reinterpret_i64 0 = 0
`
  .split("\n")
  .filter((line) => line !== "");

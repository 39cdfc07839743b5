import type { Feature } from "../../src/index.ts";
import type { TestModule } from "../support/build-module.ts";

/** A small program and what its exports answer: values, or the reason of a trap as `{ trap }`. */
export interface ProgramCase {
  readonly name: string;
  readonly feature?: Feature;
  readonly module: TestModule;
  readonly calls: readonly (readonly [name: string, values: readonly unknown[], answer: unknown])[];
  /** Functions for `host` imports. */
  readonly host?: Readonly<Record<string, (...values: never[]) => unknown>>;
}

const splat = (byte: number): string => Array.from({ length: 16 }, () => byte).join(" ");
const lanes32 = (...lanes: readonly number[]): string =>
  [...new Uint8Array(Int32Array.from(lanes).buffer)].join(" ");
const floats = (...lanes: readonly number[]): string =>
  [...new Uint8Array(Float32Array.from(lanes).buffer)].join(" ");
const doubles = (...lanes: readonly number[]): string =>
  [...new Uint8Array(Float64Array.from(lanes).buffer)].join(" ");

/** Programs for everything but single numeric instructions. */
export const programCases: readonly ProgramCase[] = [
  {
    name: "loops and branches",
    module: {
      functions: [
        {
          name: "sum",
          params: "i32",
          results: "i32",
          locals: "i32",
          code: `block; loop; local.get 0; i32.eqz; br_if 1; local.get 1; local.get 0; i32.add
            local.set 1; local.get 0; i32.const 1; i32.sub; local.set 0; br 0; end; end; local.get 1`,
        },
        {
          name: "do",
          params: "i32",
          results: "i32",
          locals: "i32",
          code: `loop; local.get 1; i32.const 2; i32.add; local.set 1; local.get 0; i32.const 1
            i32.sub; local.tee 0; br_if 0; end; local.get 1`,
        },
        {
          name: "switch",
          params: "i32",
          results: "i32",
          code: `block; block; block; local.get 0; br_table 0 1 2; end; i32.const 10; return; end
            i32.const 20; return; end; i32.const 30`,
        },
        {
          name: "nested",
          params: "i32",
          results: "i32",
          locals: "i32 i32 i32",
          code: `loop; local.get 0; local.set 1; loop; local.get 3; i32.const 1; i32.add; local.set 3
            local.get 3; i32.const 100; i32.gt_s; if; local.get 3; return; end
            local.get 1; i32.const 1; i32.sub; local.tee 1; br_if 0; end
            local.get 2; i32.const 1; i32.add; local.tee 2; local.get 0; i32.lt_s; br_if 0; end
            local.get 3`,
        },
        {
          name: "outer",
          params: "i32",
          results: "i32",
          code: "local.get 0; local.get 0; br_if 0; drop; i32.const 7",
        },
        {
          name: "arms",
          params: "i32",
          results: "i32",
          code: `local.get 0; if i32; local.get 0; i32.const 1; i32.eq; if i32; i32.const 11; else
            i32.const 22; end; else; i32.const 33; end`,
        },
        {
          name: "continue",
          params: "i32",
          results: "i32",
          locals: "i32",
          code: `block; loop; local.get 0; i32.eqz; br_if 1; local.get 0; i32.const 1; i32.sub
            local.set 0; local.get 0; i32.const 1; i32.and; br_if 0; local.get 1; i32.const 1; i32.add
            local.set 1; br 0; end; end; local.get 1`,
        },
        {
          name: "table-loop",
          params: "i32",
          results: "i32",
          locals: "i32",
          code: `loop i32; local.get 1; i32.const 1; i32.add; local.set 1
            block; local.get 1; local.get 0; i32.lt_s; br_table 0 1; end; local.get 1; end`,
        },
        { name: "stop", code: "unreachable" },
        {
          name: "pick",
          params: "i32",
          results: "i32",
          code: "i32.const 5; i32.const 6; local.get 0; select",
        },
      ],
    },
    calls: [
      ["sum", [100], 5050],
      ["sum", [0], 0],
      ["do", [4], 8],
      ["switch", [0], 10],
      ["switch", [1], 20],
      ["switch", [9], 30],
      ["nested", [3], 9],
      ["nested", [20], 101],
      ["outer", [3], 3],
      ["outer", [0], 7],
      ["arms", [0], 33],
      ["arms", [1], 11],
      ["arms", [2], 22],
      ["continue", [10], 5],
      ["table-loop", [0], 1],
      ["stop", [], { trap: "unreachable" }],
      ["pick", [1], 5],
      ["pick", [0], 6],
    ],
  },
  {
    name: "calls, tables and recursion",
    module: {
      types: [[0x60, 1, 0x7f, 1, 0x7f]],
      tables: [{ min: 4 }],
      elements: [0, 1, 2],
      functions: [
        { params: "i32", results: "i32", code: "local.get 0; i32.const 1; i32.add" },
        { params: "i32", results: "i32", code: "local.get 0; call 0; call 0" },
        { results: "i64", code: "i64.const 1" },
        {
          name: "indirect",
          params: "i32 i32",
          results: "i32",
          code: "local.get 0; local.get 1; call_indirect 0 0",
        },
        {
          name: "factorial",
          params: "i64",
          results: "i64",
          code: `local.get 0; i64.eqz; if i64; i64.const 1; else; local.get 0; local.get 0; i64.const 1
            i64.sub; call 4; i64.mul; end`,
        },
        { name: "twice", params: "i32", results: "i32", code: "local.get 0; call 1; call 1" },
      ],
    },
    calls: [
      ["indirect", [5, 0], 6],
      ["indirect", [5, 1], 7],
      ["indirect", [5, 2], { trap: "indirect call type mismatch" }],
      ["indirect", [5, 3], { trap: "indirect call type mismatch" }],
      ["indirect", [5, 4], { trap: "out of bounds table access" }],
      ["factorial", [20n], 2432902008176640000n],
      ["twice", [1], 5],
    ],
  },
  {
    name: "host functions and globals",
    module: {
      imports: [{ name: "double", params: "i32", results: "i32" }],
      globals: [{ type: "i32", isMutable: true, init: "i32.const 3", name: "g" }],
      functions: [
        {
          name: "use",
          params: "i32",
          results: "i32",
          code: "local.get 0; call 0; global.get 0; i32.add; global.set 0; global.get 0",
        },
      ],
    },
    host: { double: (value: number) => value * 2 },
    calls: [
      ["use", [5], 13],
      ["use", [1], 15],
    ],
  },
  {
    name: "memory",
    module: {
      memories: [{ min: 1, max: 3, name: "memory" }],
      data: [{ at: 8, bytes: [1, 2, 3, 0xff] }],
      functions: [
        {
          name: "load8_s",
          params: "i32",
          results: "i32",
          code: "local.get 0; i32.load8_s offset=8",
        },
        {
          name: "load8_u",
          params: "i32",
          results: "i32",
          code: "local.get 0; i32.load8_u offset=8",
        },
        { name: "load16", params: "i32", results: "i32", code: "local.get 0; i32.load16_u" },
        {
          name: "store",
          params: "i32 i32",
          results: "i32",
          code: "local.get 0; local.get 1; i32.store; local.get 0; i32.load",
        },
        {
          name: "store64",
          params: "i32 i64",
          results: "i64",
          code: "local.get 0; local.get 1; i64.store; local.get 0; i64.load",
        },
        {
          name: "floats",
          params: "i32 f64",
          results: "f64",
          code: "local.get 0; local.get 1; f64.store; local.get 0; f64.load",
        },
        { name: "size", results: "i32", code: "memory.size 0" },
        { name: "grow", params: "i32", results: "i32", code: "local.get 0; memory.grow 0" },
      ],
    },
    calls: [
      ["load8_s", [3], -1],
      ["load8_u", [3], 255],
      ["load16", [8], 0x0201],
      ["store", [100, -5], -5],
      ["store", [65532, 1], 1],
      ["store", [65533, 1], { trap: "out of bounds memory access" }],
      ["store64", [200, -1n], -1n],
      ["floats", [300, 1.25], 1.25],
      ["size", [], 1],
      ["grow", [1], 1],
      ["size", [], 2],
      ["grow", [2], -1],
      ["load8_u", [-1], { trap: "out of bounds memory access" }],
    ],
  },
  {
    name: "bulk operations",
    feature: "bulk-memory",
    module: {
      memories: [{ min: 1 }],
      tables: [{ min: 3 }],
      passiveElements: [[0]],
      data: [{ bytes: [9, 8, 7] }],
      functions: [
        { results: "i32", code: "i32.const 77" },
        {
          name: "fill",
          params: "i32 i32 i32",
          results: "i32",
          code: "local.get 0; local.get 1; local.get 2; memory.fill 0; local.get 0; i32.load8_u",
        },
        {
          name: "copy",
          params: "i32 i32 i32",
          results: "i32",
          code: "local.get 0; local.get 1; local.get 2; memory.copy 0 0; local.get 0; i32.load8_u",
        },
        {
          name: "init",
          params: "i32",
          results: "i32",
          code: "local.get 0; i32.const 0; i32.const 3; memory.init 0 0; local.get 0; i32.load8_u offset=2",
        },
        { name: "drop", code: "data.drop 0" },
        {
          name: "tableInit",
          results: "i32",
          code: "i32.const 1; i32.const 0; i32.const 1; table.init 0 0; table.size 0",
        },
        { name: "dropElements", code: "elem.drop 0" },
        {
          name: "tableGrow",
          params: "i32",
          results: "i32",
          code: "ref.null func; local.get 0; table.grow 0",
        },
        {
          name: "tableFill",
          params: "i32 i32",
          code: "local.get 0; ref.null func; local.get 1; table.fill 0",
        },
        {
          name: "tableCopy",
          params: "i32 i32 i32",
          code: "local.get 0; local.get 1; local.get 2; table.copy 0 0",
        },
      ],
    },
    calls: [
      ["fill", [10, 5, 20], 5],
      ["fill", [65530, 5, 20], { trap: "out of bounds memory access" }],
      ["copy", [100, 12, 4], 5],
      ["copy", [0, 65530, 20], { trap: "out of bounds memory access" }],
      ["init", [50], 7],
      ["drop", [], undefined],
      ["init", [50], { trap: "out of bounds memory access" }],
      ["tableInit", [], 3],
      ["dropElements", [], undefined],
      ["tableInit", [], { trap: "out of bounds table access" }],
      ["tableGrow", [2], 3],
      ["tableGrow", [0], 5],
      ["tableFill", [0, 5], undefined],
      ["tableFill", [0, 6], { trap: "out of bounds table access" }],
      ["tableCopy", [1, 0, 2], undefined],
      ["tableCopy", [4, 0, 2], { trap: "out of bounds table access" }],
    ],
  },
  {
    name: "several results",
    module: {
      types: [
        [0x60, 0, 2, 0x7f, 0x7f],
        [0x60, 2, 0x7f, 0x7f, 1, 0x7f],
      ],
      functions: [
        {
          name: "pair",
          params: "i32",
          results: "i32 i32",
          code: "local.get 0; i32.const 2; local.get 0; br_if 0; drop; drop; i32.const 8; i32.const 9",
        },
        {
          name: "block",
          results: "i32",
          code: "i32.const 30; i32.const 12; block type=1; i32.add; end",
        },
        {
          name: "loop",
          params: "i32",
          results: "i32",
          locals: "i32",
          code: `i32.const 0; local.get 0; loop type=1
          local.tee 1; i32.add; local.get 1; i32.const 1; i32.sub; local.get 1; i32.const 1; i32.gt_s; br_if 0; drop; end`,
        },
      ],
    },
    calls: [
      ["pair", [1], [1, 2]],
      ["pair", [0], [8, 9]],
      ["block", [], 42],
      ["loop", [4], 10],
    ],
  },
  {
    name: "tail calls",
    feature: "tail-calls",
    module: {
      types: [[0x60, 2, 0x7e, 0x7e, 1, 0x7e]],
      tables: [{ min: 1 }],
      elements: [0],
      functions: [
        {
          name: "sum",
          params: "i64 i64",
          results: "i64",
          code: `local.get 0; i64.eqz; if; local.get 1; return; end; local.get 0; i64.const 1; i64.sub
            local.get 1; local.get 0; i64.add; return_call 0`,
        },
        {
          name: "indirect",
          params: "i64",
          results: "i64",
          code: "local.get 0; i64.const 0; i32.const 0; return_call_indirect 0 0",
        },
      ],
    },
    calls: [
      ["sum", [100000n, 0n], 5000050000n],
      ["indirect", [10n], 55n],
    ],
  },
  {
    name: "exceptions",
    feature: "exceptions",
    module: {
      tags: ["i32"],
      imports: [{ name: "fail" }],
      functions: [
        { params: "i32", code: "local.get 0; throw 0" },
        {
          name: "catch",
          params: "i32",
          results: "i32",
          code: "block i32; try_table catch=0:0; local.get 0; call 1; end; i32.const -1; end",
        },
        {
          name: "all",
          results: "i32",
          code: "block; try_table all=0; i32.const 1; call 1; end; i32.const 0; return; end; i32.const 5",
        },
        {
          name: "host",
          results: "i32",
          code: "block; try_table all=0; call 0; end; i32.const 0; return; end; i32.const 6",
        },
        {
          name: "trap",
          results: "i32",
          code: "block; try_table all=0; unreachable; end; end; i32.const 7",
        },
        {
          name: "again",
          params: "i32",
          results: "i32",
          locals: "i32",
          code: `loop; block; try_table all=0
          local.get 0; call 1; end; end; local.get 1; i32.const 1; i32.add; local.tee 1; i32.const 5; i32.lt_s; br_if 0; end; local.get 1`,
        },
      ],
    },
    host: {
      fail: () => {
        throw new Error("host");
      },
    },
    calls: [
      ["catch", [12], 12],
      ["all", [], 5],
      ["host", [], 6],
      ["trap", [], { trap: "unreachable" }],
      ["again", [1], 5],
    ],
  },
  {
    name: "legacy exceptions",
    feature: "exceptions",
    module: {
      tags: ["i32"],
      functions: [
        { params: "i32", code: "local.get 0; throw 0" },
        {
          name: "catch",
          params: "i32",
          results: "i32",
          code: "try i32; local.get 0; call 0; i32.const 1; catch 0; i32.const 100; i32.add; end",
        },
        {
          name: "all",
          results: "i32",
          code: "try i32; i32.const 3; call 0; i32.const 1; catch_all; i32.const 2; end",
        },
        {
          name: "rethrow",
          results: "i32",
          code: "try i32; try i32; i32.const 4; call 0; i32.const 1; catch 0; drop; rethrow 0; end; catch 0; end",
        },
        {
          name: "delegate",
          results: "i32",
          code: "try i32; try i32; i32.const 9; call 0; i32.const 1; delegate 0; catch 0; end",
        },
      ],
    },
    calls: [
      ["catch", [1], 101],
      ["all", [], 2],
      ["rethrow", [], 4],
      ["delegate", [], 9],
    ],
  },
  {
    name: "vectors",
    feature: "simd",
    module: {
      memories: [{ min: 1 }],
      functions: [
        {
          name: "add",
          results: "i32",
          code: `v128.const ${lanes32(1, 2, 3, 4)}; v128.const ${lanes32(10, 20, 30, 40)}; i32x4.add; i32x4.extract_lane 2`,
        },
        {
          name: "floats",
          results: "f32",
          code: `v128.const ${floats(1.5, 2, 3, 4)}; v128.const ${floats(2, 2, 2, 2)}; f32x4.mul; f32x4.extract_lane 0`,
        },
        {
          name: "nan",
          results: "f64",
          code: `v128.const ${doubles(0, 1)}; v128.const ${doubles(0, 1)}; f64x2.div; f64x2.extract_lane 0`,
        },
        {
          name: "number",
          results: "f64",
          code: `v128.const ${doubles(0, 6)}; v128.const ${doubles(0, 4)}; f64x2.div; f64x2.extract_lane 1`,
        },
        {
          name: "shuffle",
          results: "i32",
          code: `v128.const ${splat(1)}; v128.const ${splat(2)}; i8x16.shuffle 0 16 1 17 2 18 3 19 4 20 5 21 6 22 7 23; i16x8.extract_lane_u 0`,
        },
        { name: "all", results: "i32", code: `v128.const ${splat(1)}; i8x16.all_true` },
        {
          name: "store",
          params: "i32",
          results: "i32",
          code: `local.get 0; v128.const ${splat(7)}; v128.store align=16; local.get 0; i32.load8_u offset=15`,
        },
        {
          name: "lane",
          params: "i32",
          results: "i32",
          code: `local.get 0; v128.const ${splat(7)}; v128.store16_lane align=2 3; local.get 0; i32.load16_u`,
        },
        {
          name: "dot",
          results: "i32",
          code: `v128.const ${splat(1)}; v128.const ${splat(1)}; i32x4.dot_i16x8_s; i32x4.extract_lane 3`,
        },
        {
          name: "narrow",
          results: "i32",
          code: `v128.const ${lanes32(100000, 0, 0, 0)}; v128.const ${splat(0)}; i16x8.narrow_i32x4_s; i16x8.extract_lane_s 0`,
        },
      ],
    },
    calls: [
      ["add", [], 33],
      ["floats", [], 3],
      ["nan", [], Number.NaN],
      ["number", [], 1.5],
      ["shuffle", [], 0x0201],
      ["all", [], 1],
      ["store", [32], 7],
      ["store", [65521], { trap: "out of bounds memory access" }],
      ["lane", [8], 0x0707],
      ["dot", [], 2 * 257 * 257],
      ["narrow", [], 32767],
    ],
  },
  {
    name: "relaxed vectors",
    feature: "relaxed-simd",
    module: {
      functions: [
        {
          name: "madd",
          results: "f32",
          code: `v128.const ${floats(2, 2, 2, 2)}; v128.const ${floats(3, 3, 3, 3)}; v128.const ${floats(1, 1, 1, 1)}; f32x4.relaxed_madd; f32x4.extract_lane 1`,
        },
      ],
    },
    calls: [["madd", [], 7]],
  },
  {
    name: "structures and arrays",
    feature: "gc",
    module: {
      // A structure of one mutable i32, and an array of mutable i32.
      types: [
        [0x5f, 1, 0x7f, 1],
        [0x5e, 0x7f, 1],
      ],
      functions: [
        {
          name: "struct",
          params: "i32",
          results: "i32",
          locals: "eqref",
          code: "local.get 0; struct.new 0; struct.get 0 0",
        },
        {
          name: "array",
          params: "i32 i32",
          results: "i32",
          code: "i32.const 9; local.get 0; array.new 1; local.get 1; array.get 1",
        },
        {
          name: "length",
          params: "i32",
          results: "i32",
          code: "local.get 0; array.new_default 1; array.len",
        },
        {
          name: "fixed",
          results: "i32",
          code: "i32.const 1; i32.const 2; i32.const 3; array.new_fixed 1 3; i32.const 1; array.get 1",
        },
        { name: "i31", params: "i32", results: "i32", code: "local.get 0; ref.i31; i31.get_s" },
        { name: "null", results: "i32", code: "ref.null 0; struct.get 0 0" },
        {
          name: "cast",
          params: "i32",
          results: "i32",
          code: "local.get 0; ref.i31; ref.cast 0; struct.get 0 0",
        },
        { name: "test", params: "i32", results: "i32", code: "local.get 0; ref.i31; ref.test i31" },
      ],
    },
    calls: [
      ["struct", [5], 5],
      ["array", [3, 2], 9],
      ["array", [3, 3], { trap: "out of bounds array access" }],
      ["length", [12], 12],
      ["fixed", [], 2],
      ["i31", [-7], -7],
      ["null", [], { trap: "null reference" }],
      ["cast", [1], { trap: "cast failure" }],
      ["test", [1], 1],
    ],
  },
  {
    name: "references",
    feature: "reference-types",
    module: {
      tables: [{ min: 2 }, { min: 1, type: "externref" }],
      elements: [0],
      functions: [
        { results: "i32", code: "i32.const 3" },
        {
          name: "isNull",
          params: "i32",
          results: "i32",
          code: "local.get 0; table.get 0; ref.is_null",
        },
        {
          name: "keep",
          params: "externref",
          results: "externref",
          code: "i32.const 0; local.get 0; table.set 1; i32.const 0; table.get 1",
        },
        { name: "move", code: "i32.const 1; ref.func 0; table.set 0" },
      ],
    },
    calls: [
      ["isNull", [0], 0],
      ["isNull", [1], 1],
      ["isNull", [2], { trap: "out of bounds table access" }],
      ["keep", ["host text"], "host text"],
      ["move", [], undefined],
      ["isNull", [1], 0],
    ],
  },
  {
    name: "function references",
    feature: "gc",
    module: {
      types: [[0x60, 1, 0x7f, 1, 0x7f]],
      tables: [{ min: 1 }],
      elements: [0],
      functions: [
        { params: "i32", results: "i32", code: "local.get 0; i32.const 2; i32.mul" },
        {
          name: "callRef",
          params: "i32",
          results: "i32",
          code: "local.get 0; ref.func 0; call_ref 1",
        },
        {
          name: "onNull",
          results: "i32",
          code: "block; ref.null func; br_on_null 0; drop; i32.const 1; return; end; i32.const 2",
        },
        { name: "trap", results: "i32", code: "i32.const 1; ref.null 0; call_ref 0" },
      ],
    },
    calls: [
      ["callRef", [21], 42],
      ["onNull", [], 2],
      ["trap", [], { trap: "null reference" }],
    ],
  },
  {
    name: "shared memory",
    feature: "threads",
    module: {
      memories: [{ min: 1, max: 2, isShared: true }],
      functions: [
        {
          name: "add",
          params: "i32 i32",
          results: "i32",
          code: "local.get 0; local.get 1; i32.atomic.rmw.add align=4",
        },
        {
          name: "load",
          params: "i32",
          results: "i32",
          code: "local.get 0; i32.atomic.load align=4",
        },
        {
          name: "swap",
          params: "i32 i32 i32",
          results: "i32",
          code: "local.get 0; local.get 1; local.get 2; i32.atomic.rmw.cmpxchg align=4",
        },
        {
          name: "store",
          params: "i32 i64",
          results: "i64",
          code: "local.get 0; local.get 1; i64.atomic.store align=8; atomic.fence; local.get 0; i64.atomic.load align=8",
        },
        {
          name: "notify",
          params: "i32",
          results: "i32",
          code: "local.get 0; i32.const 1; memory.atomic.notify align=4",
        },
      ],
    },
    calls: [
      ["add", [0, 5], 0],
      ["add", [0, 6], 5],
      ["load", [0], 11],
      ["load", [2], { trap: "unaligned atomic" }],
      ["swap", [0, 11, 1], 11],
      ["load", [0], 1],
      ["store", [8, 99n], 99n],
      ["notify", [0], 0],
    ],
  },
  {
    name: "64-bit addresses",
    feature: "memory64",
    module: {
      memories: [{ min: 1, max: 2, is64: true }],
      functions: [
        {
          name: "store",
          params: "i64 i32",
          results: "i32",
          code: "local.get 0; local.get 1; i32.store offset=4; local.get 0; i32.load offset=4",
        },
        {
          name: "fill",
          params: "i64 i64",
          results: "i32",
          code: "local.get 0; i32.const 3; local.get 1; memory.fill 0; local.get 0; i32.load8_u",
        },
        { name: "grow", params: "i64", results: "i64", code: "local.get 0; memory.grow 0" },
      ],
    },
    calls: [
      ["store", [16n, 8], 8],
      ["store", [65536n, 8], { trap: "out of bounds memory access" }],
      ["fill", [0n, 100n], 3],
      ["fill", [0n, 70000n], { trap: "out of bounds memory access" }],
      ["grow", [1n], 1n],
      ["grow", [5n], -1n],
    ],
  },
  {
    name: "several memories",
    feature: "multi-memory",
    module: {
      memories: [{ min: 1 }, { min: 1 }],
      functions: [
        {
          name: "second",
          params: "i32 i32",
          results: "i32",
          code: "local.get 0; local.get 1; i32.store memory=1; local.get 0; i32.load memory=1",
        },
        { name: "first", params: "i32", results: "i32", code: "local.get 0; i32.load" },
        {
          name: "across",
          params: "i32",
          results: "i32",
          code: "i32.const 0; local.get 0; i32.const 4; memory.copy 0 1; i32.const 0; i32.load",
        },
      ],
    },
    calls: [
      ["second", [8, 44], 44],
      ["first", [8], 0],
      ["across", [8], 44],
    ],
  },
  {
    name: "a start function",
    module: {
      globals: [{ type: "i32", isMutable: true, init: "i32.const 0" }],
      start: 0,
      functions: [
        { code: "i32.const 42; global.set 0" },
        { name: "get", results: "i32", code: "global.get 0" },
      ],
    },
    calls: [["get", [], 42]],
  },
];

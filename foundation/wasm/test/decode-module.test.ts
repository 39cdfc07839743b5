import { isFault } from "@bedplate/errors";
import fc from "fast-check";
import { expect, test } from "vitest";
import { decodeModule, engine, listCode, rewriteModule } from "../src/index.ts";
import { programCases } from "./semantics/program-cases.ts";
import { buildModule } from "./support/build-module.ts";

const samples = programCases.map(({ module }) => buildModule(module));

function expectRefusal(bytes: Uint8Array, message: string): void {
  expect(() => decodeModule(bytes)).toThrow(message);
  try {
    decodeModule(bytes);
  } catch (error) {
    expect(isFault(error, "argument.invalid") || isFault(error, "quota.exceeded")).toBe(true);
  }
}

test("sections, imports, exports, sizes and names of a module are read", () => {
  const module = decodeModule(
    buildModule({
      imports: [{ name: "print", params: "i32" }],
      memories: [{ min: 2, max: 5, name: "memory" }],
      tables: [{ min: 1 }],
      elements: [1],
      globals: [{ type: "i64", isMutable: true, init: "i64.const 4" }],
      tags: ["i32"],
      data: [{ at: 3, bytes: [1, 2] }, { bytes: [3] }],
      functions: [
        { name: "run", params: "i32 f64", results: "i64", locals: "i32 v128", code: "i64.const 1" },
      ],
    }),
  );
  expect(module.functions).toEqual([
    { typeIndex: 0, import: { module: "host", name: "print" } },
    { typeIndex: 1 },
  ]);
  const type = module.types[1];
  expect(type?.kind === "function" && type.parameters.map((each) => each.name)).toEqual([
    "i32",
    "f64",
  ]);
  expect(module.memories[0]?.limits).toEqual({
    minimum: 2n,
    maximum: 5n,
    addressType: "i32",
    isShared: false,
  });
  expect(module.globals).toMatchObject([{ isMutable: true, type: { name: "i64" } }]);
  expect(module.exports).toEqual([
    { name: "run", kind: "function", index: 1 },
    { name: "memory", kind: "memory", index: 0 },
  ]);
  expect(module.elements).toMatchObject([{ mode: "active", functions: [1], count: 1 }]);
  expect(module.data.map((each) => each.mode)).toEqual(["active", "passive"]);
  expect(module.dataCount).toBe(2);
  expect(module.tags).toEqual([{ typeIndex: 2 }]);
  expect(module.bodies[0]?.locals.map((each) => each.type.name)).toEqual(["i32", "v128"]);
});

test("heap types and recursion groups are read", () => {
  const module = decodeModule(
    buildModule({ types: [[0x4e, 2, 0x50, 0, 0x5f, 1, 0x63, 1, 1, 0x4f, 1, 0, 0x5e, 0x78, 0]] }),
  );
  expect(module.typeGroupsCount).toBe(1);
  expect(module.types).toMatchObject([
    {
      kind: "struct",
      isFinal: false,
      group: 0,
      fields: [{ type: { name: "(ref null 1)" }, isMutable: true }],
    },
    {
      kind: "array",
      isFinal: true,
      supertypes: [0],
      element: { type: { name: "i8" }, isMutable: false },
    },
  ]);
});

test("what is malformed names the byte", () => {
  const header = [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0];
  expectRefusal(Uint8Array.of(), "unexpected end at byte 0");
  expectRefusal(
    Uint8Array.of(0, 0x61, 0x73, 0x6e),
    "magic header or version not detected at byte 3",
  );
  expectRefusal(Uint8Array.of(...header, 99, 0), "malformed section id at byte 8");
  expectRefusal(Uint8Array.of(...header, 3, 0, 1, 0), "unexpected end");
  expectRefusal(
    Uint8Array.of(...header, 1, 5, 0xff, 0xff, 0xff, 0xff, 0x0f),
    "4294967295 types, the limit is 1000000, at byte 10",
  );
  expectRefusal(
    Uint8Array.of(...header, 1, 0x80, 0x80, 0x80, 0x80, 0x80, 0),
    "integer too large at byte 13",
  );
  expectRefusal(Uint8Array.of(...header, 0, 2, 1, 0xff), "malformed UTF-8 at byte 11");
});

test("limits are named and can be lowered", () => {
  const bytes = samples[0] as Uint8Array;
  expect(() => decodeModule(bytes, { limits: { moduleBytesMax: 10 } })).toThrow("moduleBytes");
  expect(() => decodeModule(bytes, { limits: { functionsMax: 1 } })).toThrow("the limit is 1");
  expect(() => rewriteModule(bytes, { limits: { nestingMax: 1 } })).toThrow("nested too deep");
});

test("instructions cover each body without a gap, and so do blocks", () => {
  for (const bytes of samples) {
    for (const unit of listCode(decodeModule(bytes)).units) {
      let at = unit.start;
      for (const { offset, length } of unit.instructions()) {
        expect(offset).toBe(at);
        at += length;
      }
      expect(at).toBe(unit.end);
      let next = unit.start;
      for (const block of unit.blocks()) {
        expect(block.start).toBe(next);
        next = block.end;
        for (const successor of block.successors) {
          const starts = unit.blocks().map((each) => each.start);
          expect(starts).toContain(successor);
        }
      }
      expect(next).toBe(unit.end);
    }
  }
});

test("instructions have names, opcodes and operands", () => {
  const bytes = buildModule({
    memories: [{ min: 1 }],
    functions: [
      {
        results: "i32",
        code: "i32.const -5; i64.const -6; drop; f64.const -0; drop; i32.load8_u offset=4; block i32; br_table 0 1; end; v128.const 1 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0; drop",
      },
    ],
  });
  const [unit] = listCode(decodeModule(bytes)).units;
  const listed = [...(unit?.instructions() ?? [])].map(({ name, operands }) =>
    [name, ...operands].join(" "),
  );
  expect(listed).toEqual([
    "i32.const -5",
    "i64.const -6",
    "drop",
    "f64.const -0",
    "drop",
    "i32.load8_u offset=4 align=1",
    "block i32",
    "br_table 0 1",
    "end",
    "v128.const 0x01000000000000000000000000000000",
    "drop",
    "end",
  ]);
});

test("blocks of a loop name their successors and costs", () => {
  const bytes = buildModule({
    functions: [
      {
        params: "i32",
        results: "i32",
        code: "loop; local.get 0; i32.const 1; i32.sub; local.tee 0; br_if 0; end; local.get 0; if; nop; else; unreachable; end; local.get 0",
      },
    ],
  });
  const [unit] = listCode(decodeModule(bytes)).units;
  const start = unit?.start ?? 0;
  const blocks = unit?.blocks().map((each) => ({
    range: [each.start - start, each.end - start],
    cost: each.cost,
    to: each.successors.map((at) => at - start),
    ends: each.terminator,
  }));
  expect(blocks).toEqual([
    { range: [0, 2], cost: 0, to: [2], ends: "fallthrough" },
    { range: [2, 11], cost: 5, to: [2, 11], ends: "branch" },
    { range: [11, 16], cost: 2, to: [16, 18], ends: "branch" },
    { range: [16, 18], cost: 0, to: [20], ends: "jump" },
    { range: [18, 19], cost: 0, to: [], ends: "trap" },
    { range: [19, 20], cost: 0, to: [20], ends: "fallthrough" },
    { range: [20, 23], cost: 1, to: [], ends: "return" },
  ]);
});

/** Cuts a sample, or overwrites, inserts and removes bytes of it. */
const damaged = fc
  .record({
    sample: fc.nat(samples.length - 1),
    cut: fc.option(fc.double({ min: 0, max: 1, noNaN: true }), { nil: undefined }),
    changes: fc.array(
      fc.record({
        at: fc.double({ min: 0, max: 0.9999, noNaN: true }),
        byte: fc.nat(255),
        kind: fc.nat(2),
      }),
      { maxLength: 6 },
    ),
  })
  .map(({ sample, cut, changes }) => {
    const bytes = [...(samples[sample] as Uint8Array)];
    for (const { at, byte, kind } of changes) {
      bytes.splice(
        Math.floor(at * bytes.length),
        kind === 2 ? 0 : 1,
        ...(kind === 1 ? [] : [byte]),
      );
    }
    return Uint8Array.from(
      cut === undefined ? bytes : bytes.slice(0, Math.floor(cut * bytes.length)),
    );
  });

test("damaged modules are refused with a fault or read; nothing else is thrown", () => {
  fc.assert(
    fc.property(damaged, (bytes) => {
      for (const read of [decodeModule, rewriteAll, listAll]) {
        try {
          read(bytes);
        } catch (error) {
          if (!isFault(error, "argument.invalid") && !isFault(error, "quota.exceeded")) throw error;
        }
      }
    }),
    { numRuns: 2_000 },
  );
});

/** What the engine accepts before, it accepts afterwards. */
function rewriteAll(bytes: Uint8Array): void {
  for (const options of [
    {},
    { nan: "canonical", exportState: true, memoryPagesMax: 100 },
  ] as const) {
    const rewritten = rewriteModule(bytes, options);
    if (engine.validate(bytes)) expect(engine.validate(rewritten.bytes)).toBe(true);
  }
}

function listAll(bytes: Uint8Array): void {
  for (const unit of listCode(decodeModule(bytes)).units) {
    for (const instruction of unit.instructions()) expect(instruction.length).toBeGreaterThan(0);
    unit.blocks();
  }
}

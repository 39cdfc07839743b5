import { isFault } from "@bedplate/errors";
import fc from "fast-check";
import { expect, test } from "vitest";
import {
  compileMetered,
  decodeModule,
  engine,
  type Feature,
  listCode,
  type RewriteOptions,
  rewriteModule,
} from "../src/index.ts";
import { programCases } from "./semantics/program-cases.ts";
import { buildModule, type TestModule } from "./support/build-module.ts";

function fuelOf(
  module: TestModule,
  values: readonly unknown[],
  options: RewriteOptions = {},
): bigint {
  const instance = compileMetered(buildModule(module), options).instantiate();
  instance.allow({});
  instance.call("run", ...values);
  return instance.fuelUsed;
}

const sumLoop: TestModule = {
  functions: [
    {
      name: "run",
      params: "i32",
      results: "i32",
      locals: "i32",
      code: `block; loop; local.get 0; i32.eqz; br_if 1; local.get 1; local.get 0; i32.add
        local.set 1; local.get 0; i32.const 1; i32.sub; local.set 0; br 0; end; end; local.get 1`,
    },
  ],
};

test("fuel is the sum of the costs of the executed blocks", () => {
  const [unit] = listCode(decodeModule(buildModule(sumLoop))).units;
  const costs = unit?.blocks().map((each) => BigInt(each.cost)) ?? [];
  // The blocks: before the loop, its header, its rest, the end of the loop, behind it.
  expect(costs).toEqual([0n, 3n, 9n, 0n, 1n]);
  for (const rounds of [0n, 1n, 10n, 1000n]) {
    expect(fuelOf(sumLoop, [Number(rounds)])).toBe((rounds + 1n) * 3n + rounds * 9n + 1n);
  }
});

test("operations on lengths are charged by length", () => {
  const fill: TestModule = {
    memories: [{ min: 1 }],
    functions: [
      { name: "run", params: "i32", code: "i32.const 0; i32.const 1; local.get 0; memory.fill 0" },
    ],
  };
  expect(fuelOf(fill, [8000]) - fuelOf(fill, [0])).toBe(1000n);
  const grow: TestModule = {
    memories: [{ min: 1 }],
    functions: [{ name: "run", params: "i32", results: "i32", code: "local.get 0; memory.grow 0" }],
  };
  expect(fuelOf(grow, [3]) - fuelOf(grow, [0])).toBe(3072n);
  const array: TestModule = {
    types: [[0x5e, 0x7f, 1]],
    functions: [{ name: "run", params: "i32", code: "local.get 0; array.new_default 0; drop" }],
  };
  expect(fuelOf(array, [500]) - fuelOf(array, [0])).toBe(500n);
});

test("charging by regions and by blocks gives the same totals", () => {
  for (const { module, calls, host } of programCases.filter(
    (each) => each.name !== "relaxed vectors",
  )) {
    const bytes = buildModule(module);
    const [regions, blocks] = (["regions", "blocks"] as const).map((charging) => {
      const instance = compileMetered(bytes, { charging }).instantiate({ host: host ?? {} });
      instance.allow({});
      instance.start();
      return calls.map(([name, values]) => {
        instance.allow({});
        const end = instance.call(name, ...values);
        return end.kind === "returned" ? instance.fuelUsed : end.kind;
      });
    });
    expect(regions).toEqual(blocks);
  }
});

/** Random structured code over locals 0 to 2 with bounded loops, to compare the charging modes. */
const statement: fc.Memo<string> = fc.memo((depth) => {
  const simple = fc.constantFrom(
    "local.get 0; i32.const 3; i32.mul; local.set 0",
    "local.get 0; local.get 1; i32.xor; local.set 1",
    "nop",
    "local.get 0; call 0; local.set 0",
    "local.get 0; call 1; local.set 1",
  );
  if (depth <= 1) return simple;
  const inner = fc
    .array(statement(depth - 1), { minLength: 1, maxLength: 3 })
    .map((all) => all.join("\n"));
  const condition = fc.constantFrom(
    "local.get 0; i32.const 1; i32.and",
    "local.get 1; i32.const 3; i32.gt_u",
  );
  const label = fc.nat(2);
  return fc.oneof(
    simple,
    fc.tuple(condition, inner).map(([test, body]) => `${test}; if; ${body}; end`),
    fc
      .tuple(condition, inner, inner)
      .map(([test, yes, no]) => `${test}; if; ${yes}; else; ${no}; end`),
    fc
      .tuple(condition, inner, inner)
      .map(([test, before, after]) => `block; ${before}; ${test}; br_if 0; ${after}; end`),
    fc
      .tuple(condition, inner, label)
      .map(
        ([test, body, out]) =>
          `block; block; block; ${body}; ${test}; br_table 0 1 ${out}; end; nop; end; ${body}; end`,
      ),
    inner.map((body) => `${countDown}; loop; ${body}; ${countLess}; br_if 0; end`),
    inner.map(
      (body) =>
        `${countDown}; block; loop; ${countLess}; i32.eqz; br_if 1; ${body}; br 0; end; end`,
    ),
    fc
      .tuple(condition, inner)
      .map(([test, body]) => `${test}; if; ${body}; local.get 0; return; end`),
  );
});

// A loop counts down a global, so that nested loops end together and soon.
const countDown = "global.get 0; i32.const 4; i32.add; global.set 0";
const countLess =
  "global.get 0; i32.const 1; i32.sub; global.set 0; global.get 0; i32.const 0; i32.gt_s";

test("random programs: same answer raw, and the same fuel however it is charged and sliced", () => {
  fc.assert(
    fc.property(
      fc.array(statement(4), { minLength: 1, maxLength: 5 }),
      fc.integer(),
      (body, seed) => {
        const bytes = buildModule({
          globals: [{ type: "i32", isMutable: true, init: "i32.const 0" }],
          functions: [
            { params: "i32", results: "i32", code: "local.get 0; i32.const 7; i32.add" },
            {
              params: "i32",
              results: "i32",
              code: "local.get 0; if i32; local.get 0; call 0; else; i32.const 2; end",
            },
            {
              name: "run",
              params: "i32",
              results: "i32",
              locals: "i32 i32",
              code: `${body.join("\n")}\nlocal.get 0; local.get 1; i32.add`,
            },
          ],
        });
        const raw = new engine.Instance(new engine.Module(bytes)).exports["run"] as (
          n: number,
        ) => number;
        const expected = raw(seed);
        const totals = new Set<bigint>();
        for (const charging of ["regions", "blocks"] as const) {
          const module = compileMetered(bytes, { charging });
          for (const sliceFuel of [undefined, 1n, 13n]) {
            const instance = module.instantiate();
            instance.allow({ fuel: 1_000_000_000n, sliceFuel });
            expect(instance.call("run", seed)).toEqual({ kind: "returned", value: expected });
            totals.add(instance.fuelUsed);
          }
        }
        expect(totals.size).toBe(1);
      },
    ),
    { numRuns: 300 },
  );
});

test("the bytes are the same each time, and carry the digest of the options", () => {
  for (const { module } of programCases) {
    const bytes = buildModule(module);
    const first = rewriteModule(bytes, { exportState: true });
    expect(rewriteModule(bytes, { exportState: true }).bytes).toEqual(first.bytes);
    const mark = decodeModule(first.bytes).sections.find((each) => each.name === "meter.rewrite");
    const text = Buffer.from(first.bytes.subarray(mark?.start, mark?.end)).toString("latin1");
    expect(text).toContain(first.digest);
    expect(rewriteModule(bytes).digest).not.toBe(first.digest);
  }
});

test("a module that was rewritten, or takes reserved names, is refused", () => {
  const bytes = buildModule(sumLoop);
  expect(() => rewriteModule(rewriteModule(bytes).bytes)).toThrow("reserved name");
  const taken = buildModule({ functions: [{ name: "#meter.fuel", code: "nop" }] });
  expect(() => rewriteModule(taken)).toThrow("reserved name #meter.fuel");
});

test("code cannot name items that rewriting adds", () => {
  const first = (code: string, more: TestModule = {}) =>
    buildModule({ ...more, functions: [{ name: "run", code }] });
  for (const code of [
    "i64.const 1; global.set 0",
    "call 1",
    "local.get 0; drop",
    "ref.func 1; drop",
    "i32.const 0; table.get 0; drop",
    "br 1",
    "loop type=1; end",
  ]) {
    const bytes = first(code);
    expect(engine.validate(bytes)).toBe(false);
    expect(() => rewriteModule(bytes), code).toThrow(/unknown|malformed/);
  }
});

test("memories and tables get a lower maximum, or are refused", () => {
  const bytes = buildModule({
    memories: [{ min: 2, name: "memory" }],
    tables: [{ min: 3, max: 9, name: "table" }],
  });
  const capped = decodeModule(
    rewriteModule(bytes, { memoryPagesMax: 4, tableElementsMax: 20 }).bytes,
  );
  expect(capped.memories[0]?.limits.maximum).toBe(4n);
  expect(capped.tables[0]?.limits.maximum).toBe(9n);
  for (const options of [{ memoryPagesMax: 1 }, { tableElementsMax: 2 }]) {
    try {
      rewriteModule(bytes, options);
      expect.unreachable();
    } catch (error) {
      expect(isFault(error, "quota.exceeded")).toBe(true);
    }
  }
});

test("refused features are named with their place", () => {
  const refusals: readonly (readonly [Feature, TestModule])[] = [
    ["gc", { types: [[0x5f, 0]] }],
    ["threads", { memories: [{ min: 1, max: 1, isShared: true }] }],
    ["multi-memory", { memories: [{ min: 1 }, { min: 1 }] }],
    ["exceptions", { tags: ["i32"] }],
    ["memory64", { memories: [{ min: 1, is64: true }] }],
    ["simd", { functions: [{ code: "i32.const 0; i8x16.splat; drop" }] }],
  ];
  for (const [feature, module] of refusals) {
    expect(() => rewriteModule(buildModule(module), { refuse: [feature] })).toThrow(
      `refused feature ${feature}`,
    );
    expect(() => rewriteModule(buildModule(module), { refuse: [] })).not.toThrow();
  }
});

test("canonical NaN: every float operation that makes a NaN makes the same bits", () => {
  const signalling = "f64.const bits:0xfff4000000000123";
  const module: TestModule = {
    functions: [
      {
        name: "add",
        results: "i64",
        code: `${signalling}; f64.const 1; f64.add; i64.reinterpret_f64`,
      },
      {
        name: "chain",
        results: "i64",
        code: `${signalling}; f64.const 1; f64.mul; f64.const 2; f64.add; i64.reinterpret_f64`,
      },
      { name: "kept", results: "i64", code: `${signalling}; f64.neg; i64.reinterpret_f64` },
      {
        name: "single",
        results: "i32",
        code: "f32.const bits:0xffa00001; f32.const 1; f32.add; i32.reinterpret_f32",
      },
      {
        name: "lanes",
        results: "i64",
        code: `${signalling}; f64x2.splat; ${signalling}; f64x2.splat; f64x2.add; i64x2.extract_lane 1`,
      },
      {
        name: "mixed",
        results: "i64",
        code: `${signalling}; f64x2.splat; ${signalling}; f64x2.splat; f64x2.add; f32x4.demote_f64x2_zero; i64x2.extract_lane 0`,
      },
      {
        name: "demote",
        results: "i32",
        code: `${signalling}; f32.demote_f64; i32.reinterpret_f32`,
      },
    ],
  };
  const instance = compileMetered(buildModule(module), { nan: "canonical" }).instantiate();
  instance.allow({});
  const value = (name: string) => {
    const end = instance.call(name);
    return end.kind === "returned" ? end.value : end;
  };
  expect(value("add")).toBe(0x7ff8000000000000n);
  expect(value("chain")).toBe(0x7ff8000000000000n);
  expect(value("kept")).toBe(0x7ff4000000000123n);
  expect(value("single")).toBe(0x7fc00000);
  expect(value("lanes")).toBe(0x7ff8000000000000n);
  expect(value("mixed")).toBe(0x7fc000007fc00000n);
  expect(value("demote")).toBe(0x7fc00000);
});

test("a module without any section is metered too", () => {
  const { bytes } = rewriteModule(buildModule({}));
  expect(engine.validate(bytes)).toBe(true);
});

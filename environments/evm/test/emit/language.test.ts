import { engine } from "@bedplate/wasm-module";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compileProgram } from "../../src/emit/language/compile-program.ts";
import { hasWideArithmetic } from "../../src/emit/wide-arithmetic.ts";

/** Compiles a program and instantiates it with a memory and a table. */
function open(source: string, constants: Readonly<Record<string, bigint>> = {}): Opened {
  const { module, callees } = compileProgram({
    sources: [source],
    constants: new Map(Object.entries(constants)),
    imports: new Map([["tell", { parameters: ["i32"], results: [] }]]),
    stepType: { parameters: ["i64", "i32", "i32", "i32", "i32"], results: [] },
  });
  module.defineMemory({ initial: 1, maximum: 1 });
  module.defineTable(4);
  module.exportMemory("memory");
  const step = callees.get("second");
  if (step !== undefined) module.elements(1, [step.index]);
  const told: number[] = [];
  const imports = { host: { tell: (value: number) => told.push(value) } };
  const { exports } = new engine.Instance(new engine.Module(module.finish()), imports);
  return { functions: exports as Functions, told };
}

type Functions = Readonly<Record<string, ((...operands: unknown[]) => unknown) | undefined>>;

function functionsOf(source: string, constants?: Readonly<Record<string, bigint>>): Functions {
  return open(source, constants).functions;
}

interface Opened {
  readonly functions: Functions;
  readonly told: readonly number[];
}

describe("the machine language", () => {
  it("gives operators their usual precedence, unsigned unless they say otherwise", () => {
    const { a, b, c, d } = functionsOf(`
      export fn a(x: i32, y: i32) -> i32 { return x + y * 2 << 1 & 0xff | 0x100; }
      export fn b(x: i64, y: i64) -> i32 { return x < y; }
      export fn c(x: i64, y: i64) -> i32 { return x <s y; }
      export fn d(x: i64) -> i64 { return x >>s 1 ^ -1; }
    `);
    fc.assert(
      fc.property(fc.nat(1_000), fc.nat(1_000), (x, y) => {
        expect(a?.(x, y)).toBe((((x + y * 2) << 1) & 0xff) | 0x100);
      }),
    );
    expect([b?.(-1n, 1n), c?.(-1n, 1n)]).toEqual([0, 1]);
    expect(d?.(-4n)).toBe(1n);
  });

  it("leaves and repeats the loop that is innermost, from inside of conditions", () => {
    const { sum } = functionsOf(`
      export fn sum(n: i32) -> i32 {
        let total = 0;
        let i = 0;
        loop {
          if i == n { break; }
          i += 1;
          if (i & 1) == 0 { continue; }
          let j = 0;
          while j < i { j += 1; if j == 3 { break; } }
          total += j;
        }
        return total;
      }
    `);
    expect(sum?.(10)).toBe(1 + 3 + 3 + 3 + 3);
  });

  it("evaluates the right side of && and || only where it decides", () => {
    const { functions, told } = open(`
      fn say(x: i32) -> i32 { tell(x); return x; }
      export fn both(x: i32) -> i32 { return x && say(x) || say(7); }
    `);
    functions["both"]?.(0);
    functions["both"]?.(5);
    expect(told).toEqual([7, 5]);
  });

  it("folds numbers into the offsets of loads and stores", () => {
    const { poke } = functionsOf(
      `export fn poke(at: i32, value: i64) -> i32 {
        i64[at + field.x - 8 + 4] = value;
        return i32[at + field.x - 4] + u8[at + field.x - 3] * 0;
      }`,
      { "field.x": 64n },
    );
    expect(poke?.(16, 0x1_0000_0007n)).toBe(7);
  });

  it("passes several values, and goes over to steps by name and by index", () => {
    const { functions, told } = open(`
      fn pair(x: i32) -> i32, i32 { return x, x + 1; }
      export step start {
        let a, b = pair(memory);
        tell(a + b);
        if gas == 0 { return; }
        if gas == 2 { become [1](gas - 1, 4, memory, memorySize, pc); }
        become second(gas - 1, 5, memory, memorySize, pc);
      }
      step second { tell(sp); become start(gas, sp, memory, memorySize, pc); }
      step dispatch { return; }
    `);
    functions["start"]?.(2n, 9, 3, 0, 0);
    expect(told).toEqual([7, 4, 7, 5, 7]);
  });

  it("multiplies wide in one instruction, which is valid where the probe says so", () => {
    const { module } = compileProgram({
      sources: ["fn f(a: i64, b: i64) -> i64 { let x, y = multiplyWide(a, b); return x ^ y; }"],
      constants: new Map(),
      imports: new Map(),
      stepType: { parameters: [], results: [] },
    });
    const bytes = module.finish();
    expect(Buffer.from(bytes).includes(Buffer.from([0x20, 1, 0xfc, 0x16]))).toBe(true);
    expect(engine.validate(bytes)).toBe(hasWideArithmetic);
  });

  it("refuses what it cannot mean, and says where", () => {
    expect(() => open("export fn f(x: i64) -> i32 { return x; }")).toThrow(/compile f: x is i64/);
    expect(() => open("fn f() { y = 1; }")).toThrow(/y is not known/);
    expect(() => open("fn f() { g(); }")).toThrow(/the function g is not known/);
    expect(() => open("fn f() { break; }")).toThrow(/outside of a loop/);
    expect(() => open("fn f( {")).toThrow(/Cannot read line 1/);
    expect(() => open("fn f() {} fn f() {}")).toThrow(/there twice/);
  });
});

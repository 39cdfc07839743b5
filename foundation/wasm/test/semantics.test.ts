import { expect, test } from "vitest";
import {
  type CallEnd,
  type EngineExports,
  endOf,
  engine,
  MeteredInstance,
  type RewriteOptions,
  rewriteModule,
} from "../src/index.ts";
import { numericCases } from "./semantics/numeric-cases.ts";
import { programCases } from "./semantics/program-cases.ts";
import { buildModule, type TestModule } from "./support/build-module.ts";

/** Every combination that changes the code must leave the answers as they are. */
const modes: Readonly<Record<string, RewriteOptions>> = {
  "fuel and depth": {},
  "fuel by block": { charging: "blocks" },
  "depth alone": { fuel: false },
  "marks of written pages": { dirtyPages: true, fuel: false, depth: false },
  "canonical NaN and state": {
    nan: "canonical",
    exportState: true,
    memoryPagesMax: 3,
    dirtyPages: true,
  },
};

interface Runner {
  call(name: string, values: readonly unknown[]): CallEnd;
}

function openRaw(bytes: Uint8Array, host: EngineExports): Runner {
  const { exports } = new engine.Instance(new engine.Module(bytes), { host });
  return {
    call(name, values) {
      try {
        return {
          kind: "returned",
          value: (exports[name] as (...v: unknown[]) => unknown)(...values),
        };
      } catch (error) {
        return endOf(error);
      }
    },
  };
}

function openMetered(
  bytes: Uint8Array,
  how: { host: EngineExports; options: RewriteOptions },
): Runner {
  const rewritten = rewriteModule(bytes, how.options);
  const instance = new engine.Instance(new engine.Module(rewritten.bytes), { host: how.host });
  const metered = new MeteredInstance(instance, rewritten);
  metered.allow({ sliceFuel: 50n, fuel: 10_000_000_000n });
  expect(metered.start().kind).toBe("returned");
  return { call: (name, values) => metered.call(name, ...values) };
}

const runners = (bytes: Uint8Array, host: EngineExports = {}) => [
  ["raw", openRaw(bytes, host)] as const,
  ...Object.entries(modes).map(
    ([name, options]) => [name, openMetered(bytes, { host, options })] as const,
  ),
];

function expectEnd(end: CallEnd, answer: unknown): void {
  if (typeof answer === "object" && answer !== null && "trap" in answer) {
    expect(end).toMatchObject({ kind: "trapped", reason: answer.trap });
  } else {
    expect(end).toEqual({ kind: "returned", value: answer });
  }
}

test.each(numericCases)("%s", (line) => {
  const [, name = "", operands = "", kind = "", answer = ""] =
    /^(\S+) (.*) ([=!]) (.*)$/.exec(line) ?? [];
  const module = numericModule(name, operands.split(" "));
  for (const [, runner] of runners(buildModule(module))) {
    const end = runner.call("run", []);
    const value = toValue(module.functions?.[0]?.results ?? "", kind === "!" ? "0" : answer);
    expectEnd(end, kind === "!" ? { trap: answer } : value);
  }
});

function numericModule(name: string, operands: readonly string[]): TestModule {
  const [result = "", rest = ""] = name.split(".");
  const source = /(?:_)(i32|i64|f32|f64)/.exec(rest)?.[1] ?? result;
  const isTest = /^(eqz|eq|ne|lt|gt|le|ge)(_[su])?$/.test(rest);
  const code = operands.map((each) => `${source}.const ${each}`).join("\n");
  return {
    functions: [{ name: "run", results: isTest ? "i32" : result, code: `${code}\n${name}` }],
  };
}

function toValue(type: string, text: string): unknown {
  return type === "i64" ? BigInt(text) : Number(text);
}

test.each(programCases)("$name", ({ module, calls, host }) => {
  for (const [, runner] of runners(buildModule(module), host)) {
    for (const [name, values, answer] of calls) expectEnd(runner.call(name, values), answer);
  }
});

test("the corpus has at least 150 assertions", () => {
  const programs = programCases.reduce((sum, each) => sum + each.calls.length, 0);
  expect(numericCases.length + programs).toBeGreaterThanOrEqual(150);
});

test.each(programCases.filter((each) => each.feature !== undefined))(
  "$name can be refused",
  ({ module, feature }) => {
    const refuse = feature === undefined ? [] : [feature];
    expect(() => rewriteModule(buildModule(module), { refuse })).toThrow(
      `refused feature ${feature}`,
    );
  },
);

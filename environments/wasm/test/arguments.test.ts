import fc from "fast-check";
import { expect, test } from "vitest";
import { parseArguments } from "../src/arguments/parse-arguments.ts";
import { parseFloatExactly } from "../src/arguments/parse-float.ts";
import { printResults } from "../src/arguments/print-results.ts";

test.each([
  ["i32", "0", 0],
  ["i32", "-2147483648", -2147483648],
  ["i32", "4294967295", -1],
  ["i32", "0xffffffff", -1],
  ["i32", "-0x80000000", -2147483648],
  ["i64", "18446744073709551615", -1n],
  ["i64", "-9223372036854775808", -(2n ** 63n)],
  ["f64", "1e-400", 0],
  ["f64", "-inf", Number.NEGATIVE_INFINITY],
  ["f32", "0.1", Math.fround(0.1)],
])("%s reads %s", (type, text, value) => {
  expect(parseArguments([text], [type])).toEqual([value]);
});

test.each([
  ["i32", "4294967296"],
  ["i32", "-2147483649"],
  ["i32", "1.0"],
  ["i32", ""],
  ["i32", " 1"],
  ["i64", "18446744073709551616"],
  ["i64", "1n"],
  ["f64", "0x1p3"],
  ["f64", "1_000"],
  ["f32", "."],
  ["v128", "0"],
])("%s refuses %j with a pointer", (type, text) => {
  const parse = () => parseArguments(["0", text], ["i32", type]);
  expect(parse).toThrow(expect.objectContaining({ code: "argument.invalid" }));
  expect(parse).toThrow("/args/1");
});

test("a wrong number of arguments points at the first that is missing or too many", () => {
  expect(() => parseArguments(["1"], ["i32", "i32"])).toThrow("/args/1");
  expect(() => parseArguments(["1", "2", "3"], ["i32", "i32"])).toThrow("/args/2");
});

test("a decimal half way between two singles is rounded by its own digits", () => {
  // 1 + 2^-24 lies half way between 1 and the next single; the doubles around it cannot tell.
  const half = "1.000000059604644775390625";
  expect(parseFloatExactly(half, "f32")).toBe(1);
  expect(parseFloatExactly(`${half}00000000000000000000000000001`, "f32")).toBe(1 + 2 ** -23);
  expect(parseFloatExactly("1.00000005960464477539062499999999999999999999", "f32")).toBe(1);
  expect(parseFloatExactly(`-${half}00000000000000000000000000001`, "f32")).toBe(-1 - 2 ** -23);
});

test("every number survives being printed and read", () => {
  const i64 = fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n);
  fc.assert(
    fc.property(i64, fc.double(), fc.float(), (long, double, single) => {
      expect(parseArguments([printResults(long, ["i64"])], ["i64"])).toEqual([long]);
      const unquoted = (value: number) => printResults(value, ["f64"]).replaceAll('"', "");
      expect(parseArguments([unquoted(double)], ["f64"])).toEqual([double]);
      expect(parseArguments([unquoted(single)], ["f32"])).toEqual([single]);
    }),
  );
});

test("results are JSON: nothing, a value or a list", () => {
  expect(printResults(undefined, [])).toBe("");
  expect(printResults(-0, ["f64"])).toBe("-0");
  expect(printResults([1n, 2.5, Number.NaN], ["i64", "f64", "f32"])).toBe('[1,2.5,"NaN"]');
});

import { expect, test } from "vitest";
import { satisfies } from "../src/version-range.ts";

test.for([
  ["1.2.3", "*", true],
  ["1.2.3", "1.2.3", true],
  ["1.2.4", "1.2.3", false],
  ["1.9.0", "^1.2.3", true],
  ["1.2.2", "^1.2.3", false],
  ["2.0.0", "^1.2.3", false],
  ["0.3.1", "^0.3.0", true],
  ["0.4.0", "^0.3.0", false],
  ["0.0.4", "^0.0.3", false],
  ["1.2.9", "~1.2.3", true],
  ["1.3.0", "~1.2.3", false],
  ["1.5.0", ">=1.2.0 <2.0.0", true],
  ["2.0.0", ">=1.2.0 <2.0.0", false],
] as const)("satisfies(%s, %s) is %s", ([version, range, isIn]) => {
  expect(satisfies(version, range)).toBe(isIn);
});

test("satisfies() refuses what is no range", () => {
  expect(() => satisfies("1.0.0", "latest")).toThrow(/Cannot read the version or range/);
});

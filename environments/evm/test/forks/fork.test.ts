import { expect, test } from "vitest";
import { experimentalForkNames, forkNames, forkOf, isAtLeast } from "../../src/forks/fork.ts";

test("every fork is the one before it with its changes", () => {
  const forks = forkNames.map((name) => forkOf(name));
  expect(forks.map((each) => each.gas.sload)).toStrictEqual([
    50, 50, 200, 200, 200, 200, 200, 800, 100, 100, 100, 100, 100, 100, 100,
  ]);
  expect(forks.map((each) => each.order)).toStrictEqual(forks.map((_, index) => index));
});

test("net storage pricing comes, goes and comes back", () => {
  const pricing = (["byzantium", "constantinople", "petersburg", "istanbul"] as const).map(
    (name) => [forkOf(name).rules.storagePricing, forkOf(name).gas.sstoreNoop],
  );
  expect(pricing).toStrictEqual([
    ["gross", 0],
    ["net", 200],
    ["gross", 0],
    ["net", 800],
  ]);
});

test("a fork is the same object each time and cannot be changed", () => {
  const osaka = forkOf("osaka");
  expect(forkOf("osaka")).toBe(osaka);
  expect(() => Object.assign(osaka.gas, { sload: 1 })).toThrow(TypeError);
});

test("an experimental fork has to be asked for", () => {
  for (const name of experimentalForkNames) {
    expect(() => forkOf(name)).toThrow(/not final/);
    expect(isAtLeast(forkOf(name, { isExperimental: true }), "osaka")).toBe(true);
  }
  expect(() => forkOf("shanghay")).toThrow(/known are/);
});

import { encodeProgramInput } from "@bedplate/environment";
import { expect, test } from "vitest";
import { prepared } from "./programs/assembled.ts";
import { example, openRig, textOf } from "./rig.ts";

const input = (...args: readonly string[]) => encodeProgramInput({ args });

test("admit() names entries and their types, and leaves out what cannot be called", async () => {
  const rig = await openRig();
  expect(await rig.admit(prepared)).toEqual({
    isAdmitted: true,
    instructionSet: "wasm",
    entries: ["square", "steps", "grow", "choose", "chosen", "half"],
    signatures: {
      square: "(i32) -> i32",
      steps: "() -> (i64, i32)",
      grow: "(i32) -> i32",
      choose: "(i32) -> i64",
      chosen: "() -> i64",
      half: "(f32) -> f64",
    },
  });
});

test("a function gets its arguments and gives its result as JSON", async () => {
  const rig = await openRig();
  const add = example("add.wasm");
  expect(textOf(await rig.run(add, { entry: "add", input: input("2147483647", "1") }))).toBe(
    "-2147483648",
  );
  expect(textOf(await rig.run(prepared, { entry: "square", input: input("30") }))).toBe("900");
  expect(textOf(await rig.run(prepared, { entry: "steps", input: input() }))).toBe("[15,0]");
  expect(textOf(await rig.run(prepared, { entry: "half", input: input("0.1") }))).toBe(
    String(Math.fround(0.1) / 2),
  );
});

test.each([
  ["add", input("1"), "/args/1"],
  ["add", input("1", "x"), "/args/1"],
  ["missing", input(), "/entry"],
  ["main", input(), "/entry"],
])("%s with wrong input is the caller's fault, and nothing ran", async (entry, given, path) => {
  const rig = await openRig();
  const running = rig.run(example("add.wasm"), { entry, input: given });
  await expect(running).rejects.toMatchObject({
    code: "argument.invalid",
    fault: { effect: "none", blame: "caller", detail: { path } },
  });
});

test("functions with values that have no text are refused as entries", async () => {
  const rig = await openRig();
  const running = rig.run(prepared, { entry: "vector", input: input() });
  await expect(running).rejects.toMatchObject({ fault: { detail: { path: "/entry" } } });
});

import { expect, test } from "vitest";
import { slotOf } from "../src/slot-of.ts";

const bytes = Buffer.from("print(1)");

test.each([
  ["a.py", "python"],
  ["dir/a.b.js", "javascript"],
  ["a.mjs", "javascript"],
  ["a.wasm", "wasm"],
])("%s runs on %s", (name, slot) => {
  expect(slotOf({ name, bytes })).toBe(slot);
});

test("first bytes speak louder than a name", () => {
  expect(slotOf({ name: "a.py", bytes: Buffer.from("\0asm\x01\0\0\0", "latin1") })).toBe("wasm");
});

test("what says nothing is left to the manifests", () => {
  expect(slotOf({ name: "main", bytes })).toBeUndefined();
  expect(slotOf({ name: "a.txt", bytes: Buffer.alloc(0) })).toBeUndefined();
});

import { LinearMemory, wasmDecoder } from "@bedplate/environment-wasm";
import { engine } from "@bedplate/wasm-module";
import { expect, test } from "vitest";
import { hostile, prepared } from "./programs/assembled.ts";
import { example } from "./rig.ts";

test("instructions and blocks of each function cover it without a gap", () => {
  for (const module of [prepared, hostile, example("hello.wasm"), example("add.wasm")]) {
    for (const unit of wasmDecoder.decode(module)) {
      let at = unit.start;
      for (const { offset, length } of unit.instructions()) {
        expect(offset).toBe(at);
        at += length;
      }
      expect(at).toBe(unit.end);
      const blocks = unit.blocks();
      const starts = new Set<unknown>(blocks.map(({ start }) => start));
      for (const each of blocks.flatMap(({ successors }) => successors)) {
        expect(starts.has(each) || ["return", "trap", "dynamic"].includes(String(each))).toBe(true);
      }
    }
  }
});

test("names and operands are those of the text format", () => {
  const [add] = wasmDecoder.decode(example("add.wasm"));
  const code = [...(add?.instructions() ?? [])].map(({ name, operands }) => [name, ...operands]);
  expect(code).toEqual([["local.get", 0], ["local.get", 1], ["i32.add"], ["end"]]);
});

test("bytes of something else are refused", () => {
  expect(() => wasmDecoder.decode(new Uint8Array([1, 2, 3]))).toThrow(
    expect.objectContaining({ code: "argument.invalid" }),
  );
});

test("a linear memory is read, written, captured and restored within its bounds", () => {
  const memory = new engine.Memory({ initial: 1 });
  const guest = new LinearMemory(memory);
  guest.write(10, new Uint8Array([1, 2, 3]));
  const image = guest.capture();
  guest.write(10, new Uint8Array([9]));
  image.restore();
  expect(guest.read(10, 3)).toEqual(new Uint8Array([1, 2, 3]));
  expect(() => guest.read(65_535, 2)).toThrow("Cannot reach 2 bytes at 65535");
  memory.grow(1);
  expect(guest.bytes).toBe(131_072);
  expect(() => image.restore()).toThrow("it has grown");
});

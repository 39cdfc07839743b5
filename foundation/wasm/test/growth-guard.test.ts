import { compileMetered } from "@bedplate/wasm-module";
import { expect, test } from "vitest";

/** One memory of one page; `grow(pages)` and `size()`. */
const growing: Uint8Array = Buffer.from(
  "0061736d01000000010a0260017f017f6000017f03030200010503010001070f020467726f7700000473697a6500010a0d020600200040000b04003f000b",
  "hex",
);

function guarded(memoryPages: number) {
  const module = compileMetered(growing, { guardGrowth: true, exportState: true });
  const instance = module.instantiate();
  instance.allow({ memoryPages });
  const grow = (pages: number) => instance.call("grow", pages);
  return { instance, grow };
}

test("memory grows up to the limit of the run and no further", () => {
  const { instance, grow } = guarded(4);
  expect(grow(3)).toEqual({ kind: "returned", value: 1 });
  expect(instance.wasGrowthDenied).toBe(false);
  expect(grow(1)).toEqual({ kind: "returned", value: -1 });
  expect(instance.wasGrowthDenied).toBe(true);
  expect(grow(0)).toEqual({ kind: "returned", value: 4 });
  expect(instance.memoryBytes).toBe(4 * 65_536);
});

test.each([-1, -4, 0x7fffffff])("a growth by %i pages does not wrap around the limit", (pages) => {
  const { instance, grow } = guarded(4);
  expect(grow(pages)).toEqual({ kind: "returned", value: -1 });
  expect(instance.memoryBytes).toBe(65_536);
});

test("a new allowance brings its own limit", () => {
  const { instance, grow } = guarded(1);
  expect(grow(1)).toEqual({ kind: "returned", value: -1 });
  instance.allow({ memoryPages: 2 });
  expect(instance.wasGrowthDenied).toBe(false);
  expect(grow(1)).toEqual({ kind: "returned", value: 1 });
});

test("without the guard a module grows as far as it says itself", () => {
  const instance = compileMetered(growing, { exportState: true }).instantiate();
  instance.allow({ memoryPages: 1 });
  expect(instance.call("grow", 3)).toEqual({ kind: "returned", value: 1 });
});

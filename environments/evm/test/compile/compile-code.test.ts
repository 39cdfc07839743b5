import { engine } from "@bedplate/wasm-module";
import fc from "fast-check";
import { expect, test } from "vitest";
import { compileCode, compileLimits } from "../../src/compile/compile-code.ts";
import { forkNames, forkOf } from "../../src/forks/fork.ts";
import { instructionSetOf } from "../../src/instructions/instruction-set.ts";

const osaka = instructionSetOf(forkOf("osaka"));
const repeated = (pattern: readonly number[], bytes: number) =>
  Uint8Array.from({ length: bytes }, (_, index) => pattern[index % pattern.length] as number);

test("any bytes become valid Wasm, or are refused", () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ minLength: 1, maxLength: 400 }),
      fc.constantFrom(...forkNames),
      (bytes, fork) => {
        const compiled = compileCode(bytes, instructionSetOf(forkOf(fork)));
        expect(engine.validate(compiled?.wasm ?? new Uint8Array())).toBe(compiled !== undefined);
      },
    ),
    { numRuns: 500 },
  );
});

test("hostile code stays within the bound of size, or on tier 0", () => {
  const patterns = [
    [0x5b],
    [0x5b, 0x5b, 0x56],
    [0x5b, 0x80, 0x57],
    [0x01],
    [0x09],
    [0x80],
    [0x9f],
    [0x60, 0x5b],
    [0x7f, ...new Array<number>(32).fill(0xff), 0x52],
    [0x80, 0x57],
    [0x54],
    [0x20],
    [0xf1],
    [0x5f, 0x5f, 0x5f, 0x5f, 0x5f, 0x5f, 0x5f, 0xf1],
    [0x51],
    [0x1b],
    [0x8f, 0x51, 0x9f, 0x57],
  ];
  for (const pattern of patterns) {
    for (const bytes of [24_576, 49_152]) {
      const compiled = compileCode(repeated(pattern, bytes), osaka);
      if (compiled === undefined) continue;
      const { growthMax, growthBytesFree } = compileLimits;
      expect(compiled.wasm.length).toBeLessThan(bytes * growthMax + 2 * growthBytesFree);
      expect(compiled.starts.length).toBeLessThanOrEqual(compileLimits.stepsMax);
    }
  }
});

test("code beyond the limits is not compiled", () => {
  expect(compileCode(new Uint8Array(), osaka)).toBeUndefined();
  expect(compileCode(new Uint8Array(compileLimits.codeBytesMax + 1), osaka)).toBeUndefined();
  expect(compileCode(repeated([0x5b], 24_576), osaka)).toBeUndefined();
});

import fc from "fast-check";
import { expect, test } from "vitest";
import { forkNames, forkOf } from "../../src/forks/fork.ts";
import { decodeBytesMax, evmDecoder, evmDecoderOf } from "../../src/instructions/evm-decoder.ts";
import { findBlocks } from "../../src/instructions/find-blocks.ts";
import { instructionSetOf } from "../../src/instructions/instruction-set.ts";
import { writeInstructions } from "../../src/instructions/read-instructions.ts";

const osaka = instructionSetOf(forkOf("osaka"));
const hex = (text: string) => Uint8Array.from(Buffer.from(text.replaceAll(" ", ""), "hex"));
const linesOf = (code: Uint8Array) =>
  [...(evmDecoder.decode(code)[0]?.instructions() ?? [])].map(({ offset, name, operands }) =>
    [offset, name, ...operands].join(" "),
  );

test("garbage decodes in every fork, and encodes to the same bytes", () => {
  // Codes that look like hexadecimal text are read as text; their first byte is pushed out of that.
  const code = fc.uint8Array({ maxLength: 600 }).map((bytes) => Uint8Array.of(0xfe, ...bytes));
  fc.assert(
    fc.property(code, fc.constantFrom(...forkNames), (bytes, name) => {
      const [unit] = evmDecoderOf(forkOf(name)).decode(bytes);
      expect(writeInstructions(unit?.instructions() ?? [])).toStrictEqual(bytes);
      const blocks = unit?.blocks() ?? [];
      expect(blocks[0]?.start).toBe(0);
      expect(blocks.at(-1)?.end).toBe(bytes.length);
      const starts = new Set<unknown>(blocks.map(({ start }) => start));
      for (const [index, block] of blocks.entries()) {
        expect(block.start).toBe(index === 0 ? 0 : blocks[index - 1]?.end);
        for (const next of block.successors) {
          expect(starts.has(next) || typeof next === "string").toBe(true);
        }
      }
    }),
  );
});

test("hexadecimal text and bytes are the same code", () => {
  const code = "600160020100";
  const expected = ["0 PUSH1 0x01", "2 PUSH1 0x02", "4 ADD", "5 STOP"];
  expect(linesOf(hex(code))).toStrictEqual(expected);
  for (const text of [code, `0x${code}`, `\n0X${code} \n`]) {
    expect(linesOf(Buffer.from(text))).toStrictEqual(expected);
  }
});

test("what the fork does not know is INVALID with its bytes, and a cut PUSH keeps what is there", () => {
  expect(linesOf(hex("0c fe 61ff"))).toStrictEqual([
    "0 INVALID 0x0c",
    "1 INVALID 0xfe",
    "2 PUSH2 0xff",
  ]);
  const [unit] = evmDecoderOf(forkOf("london")).decode(hex("5f"));
  expect([...(unit?.instructions() ?? [])][0]?.name).toBe("INVALID");
});

test("blocks know their gas, their stack and where they lead", () => {
  // if (calldata[0]) goto 9; stop; 9: add(1, 2) and jump to where calldata[0] says.
  const code = hex("5f 35 6009 57 00 fe fe fe 5b 6001 6002 01 50 5f 35 56");
  expect(findBlocks(code, osaka)).toStrictEqual([
    {
      start: 0,
      end: 5,
      cost: 18,
      successors: [5, 9],
      stackNeeded: 0,
      stackChange: 0,
      stackPeak: 2,
    },
    {
      start: 5,
      end: 6,
      cost: 0,
      successors: ["return"],
      stackNeeded: 0,
      stackChange: 0,
      stackPeak: 0,
    },
    ...[6, 7, 8].map((at) => ({
      start: at,
      end: at + 1,
      cost: 0,
      successors: ["trap"],
      stackNeeded: 0,
      stackChange: 0,
      stackPeak: 0,
    })),
    {
      start: 9,
      end: 19,
      cost: 25,
      successors: ["dynamic"],
      stackNeeded: 0,
      stackChange: 0,
      stackPeak: 2,
    },
  ]);
});

test("a target is found through arithmetic and past the fall of a JUMPI", () => {
  // The target is pushed as 0x0c00 >> 8, before a choice, and used behind it.
  const code = hex("610c00 6008 1c 34 600c 57 56 fe 5b 00");
  const block = findBlocks(code, osaka)[1];
  expect(code[12]).toBe(0x5b);
  expect(block?.successors).toStrictEqual([12]);
});

test("a jump to no JUMPDEST is a trap", () => {
  expect(findBlocks(hex("6004 56 60 5b"), osaka)[0]?.successors).toStrictEqual(["trap"]);
  expect(findBlocks(hex("61ffff 56"), osaka)[0]?.successors).toStrictEqual(["trap"]);
});

test("too much code is refused, as text and as bytes", () => {
  for (const size of [decodeBytesMax + 1, 4 * decodeBytesMax]) {
    expect(() => evmDecoder.decode(new Uint8Array(size))).toThrow(
      expect.objectContaining({ code: "quota.exceeded" }),
    );
  }
});

import fc from "fast-check";
import { expect, test } from "vitest";
import { RlpError, type RlpItem, rlpDecoded, rlpEncoded } from "../../src/transition/rlp.ts";

const bytes = fc.uint8Array({ maxLength: 300 });
const { item } = fc.letrec<{ item: RlpItem }>((tie) => ({
  item: fc.oneof({ maxDepth: 4 }, bytes, fc.array(tie("item"), { maxLength: 5 })),
}));

test("an item decodes to what was encoded", () => {
  fc.assert(
    fc.property(item, (value) => {
      expect(rlpDecoded(rlpEncoded(value))).toEqual(value);
    }),
  );
});

test("lengths around the limits of a prefix survive", () => {
  for (const length of [0, 1, 55, 56, 255, 256, 65_535, 65_536, 16_777_216]) {
    const value = new Uint8Array(length).fill(0xaa);
    expect(Buffer.compare(rlpDecoded(rlpEncoded(value)) as Uint8Array, value)).toBe(0);
  }
});

test("what decodes is canonical: encoding it gives the same bytes, and all else is refused", () => {
  fc.assert(
    fc.property(bytes, (garbage) => {
      try {
        expect(rlpEncoded(rlpDecoded(garbage))).toEqual(garbage);
      } catch (error) {
        if (!(error instanceof RlpError)) throw error;
      }
    }),
    { numRuns: 20_000 },
  );
});

test("nesting is bounded", () => {
  const deep = new Uint8Array(40).map((_, index) => 0xc0 + 39 - index);
  expect(() => rlpDecoded(deep)).toThrow(RlpError);
});

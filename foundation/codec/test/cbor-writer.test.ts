import { type CborValue, CborWriter, encodeCbor } from "@bedplate/codec";
import fc from "fast-check";
import { expect, test } from "vitest";

type Piece = null | number | string | Uint8Array | readonly Piece[];

const pieces = fc.letrec<{ piece: Piece }>((tie) => ({
  piece: fc.oneof(
    { maxDepth: 4 },
    fc.constant(null),
    fc.maxSafeInteger(),
    fc.constantFrom(
      23,
      24,
      255,
      256,
      65_535,
      65_536,
      2 ** 32 - 1,
      2 ** 32,
      -24,
      -25,
      -(2 ** 53) + 1,
    ),
    fc.string({ unit: "binary", maxLength: 300 }),
    fc.string({ unit: "grapheme", maxLength: 24 }),
    fc.uint8Array({ maxLength: 300 }),
    fc.array(tie("piece"), { maxLength: 30 }),
  ),
})).piece;

function write(writer: CborWriter, piece: Piece): void {
  if (piece === null) writer.null();
  else if (typeof piece === "number") writer.integer(piece);
  else if (typeof piece === "string") writer.text(piece);
  else if (piece instanceof Uint8Array) writer.byteString(piece);
  else {
    writer.array(piece.length);
    for (const each of piece) write(writer, each);
  }
}

test("a CborWriter writes what encodeCbor writes", () => {
  const writer = new CborWriter();
  fc.assert(
    fc.property(pieces, (piece) => {
      writer.reset();
      write(writer, piece);
      expect(writer.bytes).toEqual(Buffer.from(encodeCbor(piece as CborValue)));
    }),
    { numRuns: 500 },
  );
});

test("a CborWriter grows, and starts small again after something large", () => {
  const writer = new CborWriter();
  for (const count of [3_000_000, 5]) {
    writer.reset();
    writer.byteString(new Uint8Array(count).fill(7));
    expect(writer.bytes).toEqual(Buffer.from(encodeCbor(new Uint8Array(count).fill(7))));
  }
});

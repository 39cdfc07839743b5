import fc from "fast-check";
import { expect, it } from "vitest";
import { answerTop, code, execute, interpreter, keccak256 } from "./rig.ts";

it("KECCAK256 hashes inputs of every length around the block size as noble does", () => {
  using engine = interpreter();
  const hashInput = code(`365f5f37 365f20 ${answerTop}`);
  for (let size = 0; size < 300; size++) {
    const input = Uint8Array.from({ length: size }, (_, index) => (index * 7 + size) & 0xff);
    expect(execute({ engine, code: hashInput, input }).output).toEqual(keccak256(input));
  }
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 5_000 }), (input) => {
      expect(execute({ engine, code: hashInput, input }).output).toEqual(keccak256(input));
    }),
  );
});

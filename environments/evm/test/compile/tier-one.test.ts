import fc from "fast-check";
import { expect, test } from "vitest";
import { portableCrypto } from "../../src/crypto/portable/portable-crypto.ts";
import { forkNames } from "../../src/forks/fork.ts";
import { CompiledEngine } from "../../src/machine/compiled-engine.ts";
import { type Pick, ProgramBuilder } from "./program-builder.ts";
import { callOf, hex, visibleOf } from "./rig.ts";

const edges = [
  0n,
  1n,
  2n,
  31n,
  32n,
  255n,
  256n,
  2n ** 63n,
  2n ** 64n - 1n,
  2n ** 64n,
  2n ** 128n,
].flatMap((edge) => [edge, 2n ** 256n - 1n - edge]);
const item = fc.oneof(
  fc.constantFrom(...edges, 2n ** 255n),
  fc.bigInt({ min: 0n, max: 0xffffn }),
  fc.bigInt({ min: 0n, max: 2n ** 64n }),
  fc.bigInt({ min: 0n, max: 2n ** 256n - 1n }),
);
const pick: fc.Arbitrary<Pick> = fc.record({ kind: fc.nat(0xffff), value: item });
const program = fc.array(pick, { minLength: 10, maxLength: 120 });

function openPair(): Disposable & { readonly engines: readonly CompiledEngine[] } {
  const engines = (["off", "immediate"] as const).map(
    (tierOne) => new CompiledEngine({ crypto: portableCrypto, tierOne }),
  );
  return {
    engines,
    [Symbol.dispose]: () => {
      for (const engine of engines) engine[Symbol.dispose]();
    },
  };
}

test("compiled programs do what interpreted ones do, to the last gas", () => {
  using pair = openPair();
  let ended = 0;
  fc.assert(
    fc.property(program, fc.integer({ min: 0, max: 600_000 }), (picks, gas) => {
      const code = new ProgramBuilder(picks).build();
      for (const limit of [2_000_000n, BigInt(gas)]) {
        const [expected, actual] = pair.engines.map((each) => {
          return visibleOf(each.execute(...callOf(code, { gas: limit })));
        });
        if ((expected as { kind: string }).kind === "success") ended++;
        expect(actual, hex(code)).toStrictEqual(expected);
      }
    }),
    { numRuns: 400 },
  );
  // Programs that all fail would show nothing.
  expect(ended).toBeGreaterThan(200);
});

test("garbage does the same in both, in every fork", () => {
  using pair = openPair();
  const opcode = fc.oneof(fc.integer({ min: 0x5f, max: 0x63 }), fc.integer({ min: 0, max: 255 }));
  fc.assert(
    fc.property(
      fc.array(opcode, { maxLength: 300 }),
      fc.constantFrom(...forkNames),
      (bytes, fork) => {
        const code = Uint8Array.from(bytes);
        const [expected, actual] = pair.engines.map((each) => {
          return visibleOf(each.execute(...callOf(code, { fork, gas: 100_000n })));
        });
        expect(actual, hex(code)).toStrictEqual(expected);
      },
    ),
    { numRuns: 600 },
  );
});

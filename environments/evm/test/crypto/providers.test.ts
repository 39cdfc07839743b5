import fc from "fast-check";
import { expect, test } from "vitest";
import {
  type Crypto,
  cryptoOperations,
  flatCall,
  knownAnswers,
  openCrypto,
  openFastProviders,
  portableCrypto,
} from "../../src/crypto/index.ts";
import { flatInputs } from "./flat-inputs.ts";

const fast = await openFastProviders();

test.each(cryptoOperations)("%s: the portable provider gives the known answer", (operation) => {
  const { input, answer } = knownAnswers[operation];
  expect(flatCall(portableCrypto, { operation, input: Buffer.from(input, "hex") })).toBe(answer);
});

const offers = fast.flatMap(({ name, operations }) =>
  cryptoOperations
    .filter((operation) => operations[operation] !== undefined)
    .map((operation) => ({ name, operation, crypto: operations as Crypto })),
);

test.each(offers)("$operation: $name answers as the portable provider", ({ operation, crypto }) => {
  const { inputs, count } = flatInputs[operation];
  const ask = (provider: Crypto, input: Uint8Array) => flatCall(provider, { operation, input });
  fc.assert(
    fc.property(inputs, (digits) => {
      const input = Uint8Array.from(Buffer.from(digits, "hex"));
      const before = input.slice();
      expect(ask(crypto, input)).toBe(ask(portableCrypto, input));
      expect(input).toEqual(before);
    }),
    { numRuns: count },
  );
});

test("every operation has a provider, and all are portable where that is asked for", async () => {
  const { providers, crypto } = await openCrypto();
  expect(Object.keys(providers)).toEqual(cryptoOperations);
  for (const operation of cryptoOperations) expect(crypto[operation]).toBeTypeOf("function");
  const portable = await openCrypto({ preference: "portable" });
  expect(new Set(Object.values(portable.providers))).toEqual(new Set(["noble"]));
});

test("bytes in a pooled buffer are read as any others, and results do not share memory", () => {
  const { keccak256 } = fast.find(({ name }) => name === "wasm")?.operations ?? {};
  const first = keccak256?.(Buffer.from("a"));
  const second = keccak256?.(Buffer.from("b"));
  expect(first).not.toEqual(second);
  expect(first).toEqual(portableCrypto.keccak256(Buffer.from("a")));
});

test("long inputs of keccak256 and of the multi-scalar sums go in parts", () => {
  for (const length of [130_016, 130_017, 300_000]) {
    const input = new Uint8Array(length).fill(length & 0xff);
    for (const { operations } of fast) {
      if (operations.keccak256 === undefined) continue;
      expect(operations.keccak256(input)).toEqual(portableCrypto.keccak256(input));
    }
  }
  const one = knownAnswers.bls12G1MultiScalar.input.slice(0, 320);
  const many = Buffer.from(one.repeat(600), "hex");
  const scalar = (1_200).toString(16).padStart(64, "0");
  const sum = Buffer.from(one.slice(0, 256) + scalar, "hex");
  for (const { operations } of fast) {
    if (operations.bls12G1MultiScalar === undefined) continue;
    expect(operations.bls12G1MultiScalar(many)).toEqual(portableCrypto.bls12G1MultiScalar(sum));
  }
});

test.each(["blake2f", "modexp", "bn254PairingCheck", "bls12G2MultiScalar"] as const)(
  "%s stops where the checkpoint throws",
  (operation) => {
    const stop = () => {
      throw new Error("overdue");
    };
    const input = Buffer.from(knownAnswers[operation].input.repeat(16), "hex");
    input.set([0xff, 0xff, 0xff, 0xff]);
    for (const { operations } of [...fast, { operations: portableCrypto }]) {
      if (operations[operation] === undefined) continue;
      const call =
        operation === "modexp"
          ? () => operations.modexp?.({ base: input, exponent: input, modulus: input }, stop)
          : () => operations[operation]?.(restored(operation), stop);
      expect(call).toThrow("overdue");
    }
    function restored(name: "blake2f" | "bn254PairingCheck" | "bls12G2MultiScalar"): Uint8Array {
      if (name === "blake2f") return input.subarray(0, 213);
      return Buffer.from(knownAnswers[name].input.repeat(16), "hex");
    }
  },
);

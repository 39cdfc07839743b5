import { expect, test } from "vitest";
import { precompileNumber, precompiles, precompilesOf } from "../../src/crypto/index.ts";
import { forkNames, forkOf } from "../../src/forks/fork.ts";

const gasOf = (fork: string, address: number, input: Uint8Array = new Uint8Array()) => {
  const set = precompilesOf(forkOf(fork));
  return set.at(address)?.gas(input, set.rules);
};

/** Lengths, and the parts as hexadecimal digits; `exponent` may be shorter than it says. */
function power(lengths: readonly [bigint, bigint, bigint], rest = ""): Uint8Array {
  const head = lengths.map((each) => each.toString(16).padStart(64, "0")).join("");
  return Uint8Array.from(Buffer.from(head + rest, "hex"));
}

test("each fork has the precompiles that have come by then", () => {
  const counts = forkNames.map((name) => precompilesOf(forkOf(name)).all.length);
  expect(Object.fromEntries(forkNames.map((name, at) => [name, counts[at]]))).toMatchObject({
    frontier: 4,
    spuriousDragon: 4,
    byzantium: 8,
    petersburg: 8,
    istanbul: 9,
    shanghai: 9,
    cancun: 10,
    prague: 17,
    osaka: 18,
  });
  expect(new Set(precompiles.map((each) => each.address)).size).toBe(precompiles.length);
});

test("what fork rules say of precompiles is what is there", () => {
  for (const name of forkNames) {
    const { precompilesMax, hasP256Verify } = forkOf(name).rules;
    const { all } = precompilesOf(forkOf(name));
    const low = all.map((each) => each.address).filter((address) => address < 0x100);
    expect(low).toEqual(Array.from({ length: precompilesMax }, (_, at) => at + 1));
    expect(all.some((each) => each.address === 0x100)).toBe(hasP256Verify);
  }
});

test("an address is a precompile's by its last two bytes, and by zeros before them", () => {
  const address = new Uint8Array(20);
  address.set([1, 0], 18);
  expect(precompileNumber(address)).toBe(0x100);
  address[0] = 1;
  expect(precompileNumber(address)).toBeUndefined();
});

test("hashes cost by the word", () => {
  for (const [length, words] of [
    [0, 0n],
    [1, 1n],
    [32, 1n],
    [33, 2n],
    [64, 2n],
  ] as const) {
    const input = new Uint8Array(length);
    expect(gasOf("frontier", 2, input)).toBe(60n + 12n * words);
    expect(gasOf("osaka", 3, input)).toBe(600n + 120n * words);
    expect(gasOf("osaka", 4, input)).toBe(15n + 3n * words);
  }
});

test("bn254 became cheaper with Istanbul", () => {
  const pairs = new Uint8Array(2 * 192);
  expect([6, 7, 8].map((at) => gasOf("petersburg", at, pairs))).toEqual([500n, 40_000n, 260_000n]);
  expect([6, 7, 8].map((at) => gasOf("istanbul", at, pairs))).toEqual([150n, 6_000n, 113_000n]);
});

test("modexp costs as EIP-198, 2565 and 7883 have it", () => {
  const fermat = power([1n, 32n, 32n], `03${"ff".repeat(27)}fefffffc2e${"ff".repeat(32)}`);
  expect(gasOf("byzantium", 5, fermat)).toBe(13_056n);
  expect(gasOf("berlin", 5, fermat)).toBe(1_360n);
  expect(gasOf("osaka", 5, fermat)).toBe(4_080n);
  expect(gasOf("berlin", 5)).toBe(200n);
  expect(gasOf("osaka", 5)).toBe(500n);
  const wide = power([1024n, 1024n, 1024n]);
  expect(gasOf("osaka", 5, wide)).toBe(2n * 128n * 128n * 16n * 992n);
  const huge = power([0n, 2n ** 255n, 2n ** 255n]);
  expect(gasOf("berlin", 5, huge)).toBeGreaterThan(2n ** 500n);
});

test("from Osaka on an operand of modexp has at most 1024 bytes", () => {
  const { crypto } = { crypto: undefined as never };
  for (const at of [0, 1, 2]) {
    const lengths: [bigint, bigint, bigint] = [0n, 0n, 0n];
    lengths[at] = 1025n;
    const set = precompilesOf(forkOf("osaka"));
    expect(set.at(5)?.run(power(lengths), { crypto, rules: set.rules })).toBeUndefined();
  }
  const prague = precompilesOf(forkOf("prague"));
  const empty = power([0n, 2n ** 200n, 0n]);
  expect(prague.at(5)?.run(empty, { crypto, rules: prague.rules })).toEqual(new Uint8Array());
});

test("many points of a multi-scalar sum cost less each", () => {
  expect(gasOf("prague", 0x0c, new Uint8Array(160))).toBe(12_000n);
  expect(gasOf("prague", 0x0c, new Uint8Array(160 * 2))).toBe(22_776n);
  expect(gasOf("prague", 0x0c, new Uint8Array(160 * 128))).toBe(797_184n);
  expect(gasOf("prague", 0x0c, new Uint8Array(160 * 200))).toBe(1_245_600n);
  expect(gasOf("prague", 0x0e, new Uint8Array(288))).toBe(22_500n);
  expect(gasOf("prague", 0x0e, new Uint8Array(288 * 3))).toBe(62_302n);
  expect(gasOf("prague", 0x0f, new Uint8Array(384 * 2))).toBe(102_900n);
});

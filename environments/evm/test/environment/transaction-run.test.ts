import { emptyState, type Invocation, newCall, type StateReader } from "@bedplate/environment";
import { afterAll, describe, expect, test } from "vitest";
import { allocEntries } from "../../src/environment/alloc-entries.ts";
import { readChain } from "../../src/environment/chain.ts";
import { runOfChain } from "../../src/environment/transaction-run.ts";
import { type OpenEngine, openEngine } from "../../src/open-engine.ts";
import { hexOfBytes, packed } from "../../src/transition/bytes.ts";
import {
  encodeTransaction,
  signingBytes,
  type UnsignedTransaction,
} from "../../src/transition/encode-transaction.ts";
import { addressOfKey, publicKeyOf, signed } from "../../src/transition/transition-crypto.ts";

const compiled = await openEngine("compiled");
const reference = await openEngine("reference");
afterAll(() => {
  for (const engine of [compiled, reference]) engine[Symbol.dispose]();
});

const keccak256 = (bytes: Uint8Array): Uint8Array => compiled.crypto.keccak256(bytes);
const secretKey = new Uint8Array(32).fill(0x45);
const sender = addressOfKey(publicKeyOf(secretKey), keccak256);
const target = new Uint8Array(20).fill(0x77);
const chain = readChain('{"format":"evm-chain/1","chainId":9,"baseFee":"7","gasLimit":17000000}');
const entries = await allocEntries({
  [`0x${hexOfBytes(sender)}`]: { balance: "0xde0b6b3a7640000", nonce: "0x5" },
  // SSTORE(0, 1), LOG0 of nothing
  [`0x${hexOfBytes(target)}`]: { balance: "0x0", nonce: "0x1", code: "0x60015f555f5fa0" },
});
const values = new Map(entries.map(({ key, value }) => [packed(key), value]));
const state: StateReader = { peek: (key) => values.get(packed(key)) ?? null, load: async () => {} };

const plain: UnsignedTransaction = {
  type: 2,
  chainId: 9n,
  nonce: 5n,
  gasLimit: 200_000n,
  to: target,
  value: 0n,
  data: new Uint8Array(),
  maxFeePerGas: 100n,
  maxPriorityFeePerGas: 1n,
  accessList: [],
  maxFeePerBlobGas: 0n,
  blobHashes: [],
  authorizations: [],
};

function signedBytes(change: Partial<UnsignedTransaction>): Uint8Array {
  const transaction = { ...plain, ...change };
  return encodeTransaction(transaction, signed(keccak256(signingBytes(transaction)), secretKey));
}

function run(engine: OpenEngine, input: Uint8Array, fuel?: number) {
  const invocation: Invocation = {
    entry: "transact",
    input,
    budget: { wallMs: 20_000, ...(fuel !== undefined && { fuel }) },
    pre: emptyState,
    reads: state,
    now: 1_700_000_000_000,
    seed: new Uint8Array(32),
  };
  const scout = engine === reference ? compiled.transactor : undefined;
  const call = newCall({ principal: "test", timeoutMs: 30_000 });
  return runOfChain(chain, { engine, scout, invocation, call });
}

/** What both engines answer, after it was found to be the same. */
async function both(input: Uint8Array, fuel?: number) {
  const [left, right] = [await run(compiled, input, fuel), await run(reference, input, fuel)];
  expect(right).toEqual(left);
  return left;
}

const blobHash = new Uint8Array(32).fill(3);
blobHash[0] = 1;
const authority = signed(keccak256(Uint8Array.of(5)), secretKey);
const types: Readonly<Record<string, Partial<UnsignedTransaction>>> = {
  legacy: { type: 0, maxPriorityFeePerGas: 100n },
  "legacy without a chain": { type: 0, chainId: undefined, maxPriorityFeePerGas: 100n },
  "access list": {
    type: 1,
    maxPriorityFeePerGas: 100n,
    accessList: [{ address: target, slots: [] }],
  },
  "fee market": {},
  blobs: { type: 3, maxFeePerBlobGas: 10n, blobHashes: [blobHash] },
  "set code": {
    type: 4,
    authorizations: [{ chainId: 9n, address: target, nonce: 6n, ...authority }],
  },
};

test.each(Object.entries(types))("a signed transaction is executed: %s", async (_, change) => {
  const { outcome, writes, events } = await both(signedBytes(change));
  expect(outcome.kind).toBe("returned");
  const text = "output" in outcome ? Buffer.from(outcome.output).toString() : "";
  expect(JSON.parse(text)).toMatchObject({ status: "0x1", output: "0x" });
  expect(events.map(({ topic }) => topic)).toEqual([`log/0x${hexOfBytes(target)}`]);
  expect(writes.length).toBeGreaterThanOrEqual(2);
});

describe("a transaction that cannot be in a block is refused by its name, and leaves nothing", () => {
  const oversized = new Uint8Array(49_153);
  const wrong: readonly (readonly [string, Uint8Array])[] = [
    ["NONCE_MISMATCH_TOO_LOW", signedBytes({ nonce: 4n })],
    ["NONCE_MISMATCH_TOO_HIGH", signedBytes({ nonce: 6n })],
    ["INSUFFICIENT_ACCOUNT_FUNDS", signedBytes({ value: 10n ** 20n })],
    ["INVALID_CHAINID", signedBytes({ chainId: 10n })],
    ["INTRINSIC_GAS_TOO_LOW", signedBytes({ gasLimit: 20_999n })],
    ["INSUFFICIENT_MAX_FEE_PER_GAS", signedBytes({ maxFeePerGas: 6n })],
    ["GAS_LIMIT_EXCEEDS_MAXIMUM", signedBytes({ gasLimit: 16_777_217n })],
    [
      "INITCODE_SIZE_EXCEEDED",
      signedBytes({ to: undefined, data: oversized, gasLimit: 9_000_000n }),
    ],
    ["TYPE_3_TX_ZERO_BLOBS", signedBytes({ type: 3, maxFeePerBlobGas: 10n })],
    ["TYPE_4_EMPTY_AUTHORIZATION_LIST", signedBytes({ type: 4 })],
    ["TYPE_NOT_SUPPORTED", Uint8Array.of(5, 0xc0)],
    ["MALFORMED", new Uint8Array()],
    ["MALFORMED", signedBytes({}).subarray(0, 40)],
  ];
  test.each(wrong)("%s", async (reason, input) => {
    const { outcome, writes, events, usage } = await both(input);
    expect(outcome).toMatchObject({ kind: "refused", reason });
    expect({ writes, events, fuel: usage.fuel }).toEqual({ writes: [], events: [], fuel: 0 });
  });
});

test("code over the limit is not deployed, and its gas is paid", async () => {
  // RETURN of 24,577 bytes
  const data = Buffer.from("6160015ff3", "hex");
  const { outcome, writes } = await both(
    signedBytes({ to: undefined, data, gasLimit: 9_000_000n }),
  );
  const text = "output" in outcome ? Buffer.from(outcome.output).toString() : "";
  expect(JSON.parse(text)).toMatchObject({ status: "0x0", gasUsed: "0x895440" });
  // The sender's account, and what the coinbase was paid.
  expect(writes).toHaveLength(2);
});

test("the fuel of a run bounds the gas of its transaction", async () => {
  expect((await both(signedBytes({}), 199_999)).outcome).toEqual({
    kind: "refused",
    reason: "GAS_ALLOWANCE_EXCEEDED",
  });
  expect((await both(signedBytes({}), 200_000)).outcome.kind).toBe("returned");
});

test("a chain that cannot be is refused", () => {
  for (const text of ["{", "{}", '{"format":"evm-chain/1","chainId":1,"fork":"atlantis"}']) {
    expect(() => readChain(text)).toThrow(/Cannot read|the chain/);
  }
  expect(() => readChain('{"format":"evm-chain/1","chainId":1,"fork":"london"}')).toThrow("cancun");
});

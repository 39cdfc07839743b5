import { expect, test } from "vitest";
import { type EngineName, engineNames, openEngine } from "../../src/open-engine.ts";
import { forkOfLabel } from "../../src/statetest/fork-label.ts";
import { MalformedField } from "../../src/statetest/json-fields.ts";
import { type TransitionOutput, transition } from "../../src/t8n/transition-tool.ts";

const secretKey = `0x${"45".repeat(32)}`;
const coinbase = `0x${"c1".repeat(20)}`;
const other = `0x${"0b".repeat(20)}`;
const contract = `0x${"c0".repeat(20)}`;

/** Stores roots of the beacon chain in a ring; the code that EIP-4788 gives. */
const beaconRoots = {
  address: "0x000f3df6d732807ef1319fb7b8bb8522d0beac02",
  code: "0x3373fffffffffffffffffffffffffffffffffffffffe14604d57602036146024575f5ffd5b5f35801560495762001fff810690815414603c575f5ffd5b62001fff01545f5260205ff35b5f5ffd5b62001fff42064281555f359062001fff015500",
};

const env = {
  currentCoinbase: coinbase,
  currentGasLimit: "0x30000",
  currentNumber: "0x5",
  currentTimestamp: "0x3e8",
  currentRandom: `0x${"0d".repeat(32)}`,
  parentGasLimit: "0x30000",
  parentGasUsed: "0x18000",
  parentBaseFee: "0xa",
  parentExcessBlobGas: "0x0",
  parentBlobGasUsed: "0x0",
  parentBeaconBlockRoot: `0x${"be".repeat(32)}`,
  blockHashes: { "0x4": `0x${"44".repeat(32)}` },
  withdrawals: [{ index: "0x0", validatorIndex: "0x1", address: other, amount: "0x2" }],
};
const transfer = {
  gas: "0x5208",
  gasPrice: "0xa",
  value: "0x7",
  input: "0x",
  to: other,
  secretKey,
};
const txs = [
  { ...transfer, nonce: "0x0" },
  { ...transfer, nonce: "0x7" },
  { ...transfer, nonce: "0x1", to: contract, gas: "0x10000", type: "0x0", protected: false },
  { ...transfer, nonce: "0x2", gas: "0x2ffff" },
];

async function run(
  name: EngineName,
  {
    label = "Osaka",
    reward,
    transactions = txs,
  }: {
    label?: string;
    reward?: bigint;
    transactions?: unknown;
  } = {},
): Promise<TransitionOutput> {
  using engine = await openEngine(name);
  const labelled = forkOfLabel(label);
  if (labelled === undefined) throw new Error(`no fork ${label}`);
  // log0(0, 32) after storing the block's number
  const code = "0x436000554360005260206000a000";
  const rich = { balance: "0xde0b6b3a7640000" };
  const owner = await senderOf(engine.crypto);
  const alloc = {
    [owner]: rich,
    [contract]: { balance: "0x0", code },
    [beaconRoots.address]: { balance: "0x0", code: beaconRoots.code, nonce: "0x1" },
  };
  const input = { alloc, env: { ...env, currentDifficulty: "0x20000" }, txs: transactions };
  return await transition({ ...input, labelled, chainId: 1n, reward }, engine);
}

async function senderOf(crypto: { keccak256(bytes: Uint8Array): Uint8Array }): Promise<string> {
  const { addressOfKey, publicKeyOf } = await import("../../src/transition/transition-crypto.ts");
  const key = publicKeyOf(Buffer.from(secretKey.slice(2), "hex"));
  return `0x${Buffer.from(addressOfKey(key, (bytes) => crypto.keccak256(bytes))).toString("hex")}`;
}

/** Why a transaction is refused, by its name alone: the engines word it each in its own way. */
function named(output: TransitionOutput): object {
  const { rejected = [], ...result } = output.result as { rejected?: { error: string }[] };
  const names = rejected.map(({ error, ...rest }) => ({ ...rest, error: error.split(":")[0] }));
  return { ...output, result: { ...result, rejected: names } };
}

test("both engines give the same accounts, result and body, whatever the fork", async () => {
  for (const label of ["Frontier", "Byzantium", "London", "Shanghai", "Cancun", "Osaka", "BPO2"]) {
    const [compiled, reference] = [
      await run("compiled", { label }),
      await run("reference", { label }),
    ];
    expect(named(compiled), label).toEqual(named(reference));
  }
});

test.each(engineNames)("%s includes what fits, and says why the rest does not", async (name) => {
  const { result, alloc } = await run(name);
  const { receipts, rejected, ...rest } = result as {
    receipts: readonly { status: string; logs: readonly unknown[]; cumulativeGasUsed: string }[];
    rejected: readonly { index: number; error: string }[];
  } & Readonly<Record<string, unknown>>;
  expect(receipts.map(({ status, logs }) => [status, logs.length])).toEqual([
    ["0x1", 0],
    ["0x1", 1],
  ]);
  expect(rejected.map(({ index }) => index)).toEqual([1, 3]);
  expect(rejected[0]?.error).toContain("NONCE_MISMATCH_TOO_HIGH");
  expect(rejected[1]?.error).toContain("GAS_ALLOWANCE_EXCEEDED");
  expect(rest["currentBaseFee"]).toBe("0xa");
  expect(rest["gasUsed"]).toBe(receipts.at(-1)?.cumulativeGasUsed);
  const accounts = alloc as Readonly<Record<string, { balance: string; storage?: object }>>;
  expect(BigInt(accounts[other]?.balance ?? 0)).toBe(2_000_000_007n);
});

test("the block stores its parent's beacon root before its transactions", async () => {
  const { alloc } = await run("compiled");
  const account = (alloc as Readonly<Record<string, { storage?: object }>>)[beaconRoots.address];
  const word = (value: bigint): string => `0x${value.toString(16).padStart(64, "0")}`;
  expect(account?.storage).toEqual({
    [word(1000n)]: word(1000n),
    [word(1000n + 8191n)]: env.parentBeaconBlockRoot,
  });
});

test("the body can be fed in again as RLP", async () => {
  const first = await run("compiled");
  const again = await run("compiled", { transactions: first.body });
  expect(again.alloc).toEqual(first.alloc);
  expect(again.body).toBe(first.body);
});

test("a reward is paid where it is asked for", async () => {
  const balance = async (reward: bigint | undefined): Promise<bigint> => {
    const { alloc } = await run("compiled", { label: "Byzantium", ...(reward && { reward }) });
    return BigInt((alloc as Readonly<Record<string, { balance: string }>>)[coinbase]?.balance ?? 0);
  };
  expect((await balance(5n)) - (await balance(undefined))).toBe(5n);
});

test("broken transactions are refused as input, whatever is broken", async () => {
  const [first] = txs;
  const broken = [
    "0xf8ff",
    "0x80",
    "zz",
    5,
    [null],
    [{ ...first, nonce: "0x-1" }],
    [{ ...first, secretKey: "0x01" }],
    [{ ...first, secretKey: `0x${"00".repeat(32)}` }],
    [{ ...first, secretKey: `0x${"ff".repeat(32)}` }],
    [{ ...first, secretKey: undefined, v: "0x0", r: "0x1", s: "0x1" }],
  ];
  for (const transactions of broken) {
    const failing = run("compiled", { transactions }).then(({ result }) => {
      const { rejected = [] } = result as { rejected?: readonly unknown[] };
      if (rejected.length > 0) throw new MalformedField("rejected");
    });
    await expect(failing, JSON.stringify(transactions)).rejects.toThrow(MalformedField);
  }
});

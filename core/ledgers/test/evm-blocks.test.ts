import { accountOf } from "@bedplate/environment-evm/ledger";
import { expect, test } from "vitest";
import { openEvmLedger, place } from "./scenarios/evm-ledger.ts";

const coinbase = `0x${"c0".repeat(20)}`;
/** Says block number, base fee, PREVRANDAO and the hash of the block before. */
const teller = `0x${"7e".repeat(20)}`;
const tellerCode = "0x435f5248602052446040524360019003406060526080 5fa0".replace(" ", "");

const alloc = { [teller]: { balance: "0x0", nonce: "0x1", code: tellerCode } };
const rich = { maxFeePerGas: "0xf4240", maxPriorityFeePerGas: "0x3" };

test("a batch is one block: its transactions share it, gas and logs are counted through it", async () => {
  await using evm = await openEvmLedger({ baseFee: "1000", coinbase }, { alloc });
  const told = { ...rich, to: teller, value: "0x0", gas: "0xc350" };
  for (const nonce of ["0x5", "0x6", "0x7"])
    await evm.accepted(await evm.signed({ ...told, nonce }));
  const batch = await evm.seal();
  expect(batch).toMatchObject({ number: 1, transactions: 3 });
  const receipts = await evm.receipts(1);
  const fuel = receipts[0]?.fuel ?? 0;
  expect(receipts.map((each) => each.cumulativeFuel)).toEqual([fuel, 2 * fuel, 3 * fuel]);
  expect(receipts.map((each) => each.eventsBefore)).toEqual([0, 1, 2]);
  const said = receipts.map(({ events }) => Buffer.from(events[0]?.data ?? []).toString("hex"));
  expect(new Set(said).size).toBe(1);
  const words = said[0]?.match(/.{64}/g) ?? [];
  expect(words.map((each) => BigInt(`0x${each}`)).slice(0, 2)).toEqual([1n, 1_000n]);
  expect(words[3]).toBe("00".repeat(32));
});

test("the base fee follows EIP-1559, and the next block knows the hash of the one before", async () => {
  await using evm = await openEvmLedger(
    { baseFee: "1000", gasLimit: 100_000, coinbase },
    { alloc },
  );
  await evm.accepted(
    await evm.signed({ ...rich, nonce: "0x5", gas: "0x186a0", to: "", data: burner }),
  );
  expect(await evm.seal()).toMatchObject({ fuel: 100_000 });
  const told = { ...rich, to: teller, value: "0x0", gas: "0xc350" };
  await evm.accepted(await evm.signed({ ...told, nonce: "0x6" }));
  await evm.seal();
  const [receipt] = await evm.receipts(2);
  const words =
    Buffer.from(receipt?.events[0]?.data ?? [])
      .toString("hex")
      .match(/.{64}/g) ?? [];
  // A full block of twice its target: an eighth more.
  expect(words.map((each) => BigInt(`0x${each}`)).slice(0, 2)).toEqual([2n, 1_125n]);
  expect(words[3]).not.toBe("00".repeat(32));
});

test("a block holds what its gas limit has room for; the rest waits for the next one", async () => {
  await using evm = await openEvmLedger({ gasLimit: 100_000 });
  const ids: string[] = [];
  for (let nonce = 5; nonce < 12; nonce++) {
    ids.push(
      await evm.accepted(await evm.signed({ nonce: `0x${nonce.toString(16)}`, gas: "0x9c40" })),
    );
  }
  // The third finds 58,000 gas of its 40,000; the fourth would find 37,000.
  expect(await evm.seal()).toMatchObject({ transactions: 3, fuel: 63_000 });
  expect(await evm.phases(ids)).toEqual([...Array(3).fill("done"), ...Array(4).fill("waiting")]);
  expect(await evm.seal()).toMatchObject({ transactions: 3 });
  expect(await evm.seal()).toMatchObject({ transactions: 1 });
});

test("tips reach the coinbase when the block ends, also where a transaction looks in between", async () => {
  await using evm = await openEvmLedger({ baseFee: "1000", coinbase }, { alloc });
  const change = { ...rich, to: coinbase, value: "0x0", gas: "0x7530" };
  await evm.accepted(await evm.signed({ ...rich, nonce: "0x5" }));
  await evm.accepted(await evm.signed({ ...change, nonce: "0x6", value: "0x64" }));
  await evm.accepted(await evm.signed({ ...rich, nonce: "0x7" }));
  await evm.seal();
  const key = Buffer.concat([Buffer.from("a"), Buffer.from("c0".repeat(20), "hex")]);
  const { entries } = await evm.rig.service.state(place, { key });
  expect(accountOf(entries[0]?.value ?? new Uint8Array())?.balance).toBe(3n * 3n * 21_000n + 100n);
  const tips = await evm.rig.service.state(place, { prefix: Buffer.from("evm/tips/") });
  expect(tips.entries).toEqual([]);
});

/** Init code that uses up its gas. */
const burner = "0xfe";

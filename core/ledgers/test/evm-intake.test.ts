import { isFault } from "@bedplate/errors";
import { expect, test } from "vitest";

import { fuzzGarbageCode } from "./scenarios/evm-garbage-code.ts";
import { fuzzIntake } from "./scenarios/evm-intake-fuzz.ts";
import { openEvmLedger, place } from "./scenarios/evm-ledger.ts";

// The fuzz at full size: `npm run prove -- ledger-intake`.

test("what cannot be in a block is refused at once, in the field's words, and nothing is stored", async () => {
  await using evm = await openEvmLedger({ baseFee: "7" });
  const rows = await evm.rows();
  const oversized = `0x${"00".repeat(49_153)}`;
  const low = { maxFeePerGas: "0x6", maxPriorityFeePerGas: "0x1" };
  const wrong: readonly (readonly [Uint8Array, string, RegExp])[] = [
    [
      await evm.signed({ nonce: "0x4" }),
      "NONCE_MISMATCH_TOO_LOW",
      /nonce too low: address 0x[0-9a-f]{40}, tx: 4 state: 5/,
    ],
    [
      await evm.signed({ nonce: "0x46" }),
      "NONCE_MISMATCH_TOO_HIGH",
      /nonce too high: address 0x[0-9a-f]{40}, tx: 70 state: 5/,
    ],
    [
      await evm.signed({ value: "0xde0b6b3a7640000" }),
      "INSUFFICIENT_ACCOUNT_FUNDS",
      /insufficient funds for gas \* price \+ value: balance 1000000000000000000, tx cost \d+, overshot \d+/,
    ],
    [
      await evm.signed({ gas: "0x5207" }),
      "INTRINSIC_GAS_TOO_LOW",
      /intrinsic gas too low: gas 20999, minimum needed 21000/,
    ],
    [
      await evm.signed({ data: oversized, to: "", gas: "0x895440" }),
      "INITCODE_SIZE_EXCEEDED",
      /max initcode size exceeded: code size 49153, limit 49152/,
    ],
    [
      await evm.signed({ gas: "0x1000001" }),
      "GAS_LIMIT_EXCEEDS_MAXIMUM",
      /transaction gas limit too high: cap: 16777216, tx: 16777217/,
    ],
    [
      await evm.signed({ chainId: "0x1" }),
      "INVALID_CHAINID",
      /invalid chain id for signer: have 1 want 9/,
    ],
    [
      await evm.signed(low),
      "INSUFFICIENT_MAX_FEE_PER_GAS",
      /max fee per gas less than block base fee: .* maxFeePerGas: 6, baseFee: 7/,
    ],
    [(await evm.signed({})).subarray(0, 50), "MALFORMED", /rlp: /],
    [Uint8Array.of(5, 0xc0), "TYPE_NOT_SUPPORTED", /transaction type not supported/],
    [new Uint8Array(), "MALFORMED", /rlp: /],
    [
      badSignature(await evm.signed({})),
      "INVALID_SIGNATURE_VRS",
      /invalid transaction v, r, s values/,
    ],
  ];
  for (const [input, code, text] of wrong) {
    const refused = await evm.submit(input).catch((error: unknown) => error);
    expect(isFault(refused, "argument.invalid") && refused.fault.detail, code).toMatchObject({
      path: "/input",
      rule: code,
    });
    expect(String((refused as Error).message), code).toMatch(text);
  }
  expect(await evm.rows()).toEqual(rows);
});

test("an unknown fork, and what opens a batch, are refused, and nothing is stored", async () => {
  await using evm = await openEvmLedger({});
  const rows = await evm.rows();
  const atlantis = await evm.rig.put(
    Buffer.from('{"format":"evm-chain/1","chainId":1,"fork":"atlantis"}'),
  );
  await expect(evm.submit(await evm.signed({}), { artifact: atlantis })).rejects.toThrow(/fork/);
  await expect(evm.submit(new Uint8Array(), { entry: "open-batch" })).rejects.toThrow(
    /the ledger alone/,
  );
  expect(await evm.rows()).toEqual(rows);
});

test("nonces that come in any order are executed in theirs; a gap waits until it is filled", async () => {
  await using evm = await openEvmLedger({});
  const ids: string[] = [];
  for (const nonce of ["0x8", "0x6", "0x7"])
    ids.push(await evm.accepted(await evm.signed({ nonce })));
  expect(await evm.seal()).toBeNull();
  expect(await evm.phases(ids)).toEqual(["waiting", "waiting", "waiting"]);
  ids.push(await evm.accepted(await evm.signed({ nonce: "0x5" })));
  for (let n = 0; n < 3; n++) await evm.seal();
  expect(await evm.phases(ids)).toEqual(["done", "done", "done", "done"]);
});

test("what becomes invalid before its batch is dropped, with a record of why", async () => {
  await using evm = await openEvmLedger({});
  const first = await evm.accepted(await evm.signed({}));
  const second = await evm.accepted(await evm.signed({ value: "0x2" }));
  const batch = await evm.seal();
  expect(batch?.transactions).toBe(1);
  expect(await evm.phases([first, second])).toEqual(["done", "dropped"]);
  const status = await evm.rig.service.transaction(place, second);
  expect(status).toMatchObject({ phase: "dropped", reason: "NONCE_MISMATCH_TOO_LOW" });
  expect(await evm.rig.service.seal(place)).toBeNull();
});

test("mutated transactions are refused with code and text, or accepted whole: nothing else is stored", async () => {
  const seed = `${Date.now()}`;
  const report = await fuzzIntake({ count: 2_000, seed });
  expect(report, seed).toMatchObject({ sent: 2_000, withoutReason: 0, strayRows: 0 });
  expect(report.refused, seed).toBeGreaterThan(1_000);
  expect(report.accepted, seed).toBeGreaterThan(0);
});

test("code that may not be deployed costs all its gas, and is not stored", async () => {
  await using evm = await openEvmLedger({ baseFee: "7" });
  const creations: readonly (readonly [data: string, isSuccess: boolean])[] = [
    // RETURN(0, 24,577): a byte more than a contract may have
    ["0x6160015ff3", false],
    // MSTORE8(0, 0xEF) RETURN(0, 1)
    ["0x60ef5f5360015ff3", false],
    // CREATE(0, 0, 49,153): a byte more than init code may have
    ["0x6200c0015f5ff000", false],
    // RETURN(0, 24,576)
    ["0x6160005ff3", true],
    // MSTORE8(1, 0xEF) RETURN(0, 2)
    ["0x60ef60015360025ff3", true],
  ];
  const gas = "0x895440";
  for (const [index, [data]] of creations.entries())
    await evm.accepted(
      await evm.signed({ nonce: `0x${5 + index}`, data, gas, to: "", value: "0x0" }),
    );
  const seen: object[] = [];
  for (let batch = await evm.seal(); batch !== null; batch = await evm.seal()) {
    for (const { outcome, fuel } of await evm.receipts(batch.number)) {
      const text = "output" in outcome ? Buffer.from(outcome.output).toString() : "{}";
      seen.push({ status: JSON.parse(text).status, isAllGas: fuel === Number(gas) });
    }
  }
  expect(seen).toEqual(
    creations.map(([, isSuccess]) => ({ status: isSuccess ? "0x1" : "0x0", isAllGas: !isSuccess })),
  );
  const { entries } = await evm.rig.service.state(place, { prefix: Buffer.from("c") });
  expect(entries.map(({ value }) => value.length).sort((a, b) => a - b)).toEqual([2, 24_576]);
});

test("random bytes as code end with a receipt, and what fails leaves nothing", async () => {
  const report = await fuzzGarbageCode({ count: 1_200, seed: `${Date.now()}` });
  const { success, failure, other } = report.ends;
  expect({ sum: success + failure, other }).toEqual({ sum: 1_200, other: 0 });
  expect(report).toMatchObject({ batches: 3, leftBehind: 0, strayAccounts: 0 });
  expect(failure).toBeGreaterThan(600);
  expect(report.contracts).toBeGreaterThan(0);
});

/** The last byte of `s`, and with it the key that is found, or none. */
function badSignature(bytes: Uint8Array): Uint8Array {
  const changed = Uint8Array.from(bytes);
  // `r` of more than the group's order.
  changed.fill(0xff, changed.length - 65, changed.length - 33);
  return changed;
}

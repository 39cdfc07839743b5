import type { HostOperation } from "@bedplate/environment";
import { ml_dsa65 } from "@noble/post-quantum/ml-dsa.js";
import { expect, test } from "vitest";
import { portableCrypto as crypto } from "../../src/crypto/index.ts";
import { runTest } from "../../src/diff/observe-test.ts";
import { addressText, hexOf, quantity, type TestJson } from "../../src/diff/test-json.ts";
import {
  type ExtensionPrecompile,
  extensionField,
  grantedExtensions,
  mlDsa65,
  mlDsa65Gas,
} from "../../src/extension/index.ts";
import { CompiledEngine } from "../../src/machine/compiled-engine.ts";
import { EngineTransactor } from "../../src/transition/engine-transactor.ts";

const address = Uint8Array.from(Buffer.from("b0".repeat(20), "hex"));
const signatures: ExtensionPrecompile = { operation: mlDsa65, address, price: mlDsa65Gas };
const granted = new Set(["host-function:ml_dsa_65"]);

/** Calls the address with its call data; returns 32 bytes of the output and whether the call succeeded. */
const caller = `0x36600060003760206120003660006000${"73"}${"b0".repeat(20)}5af16120205260406120${"00"}f3`;
const sender = addressText(0xa94f5374fce5edbc8e2a8697c15331677e6ebf0bn);
const zeros = `0x${"00".repeat(32)}`;

function callTest(data: Uint8Array): TestJson {
  const plain = { nonce: "0x0", balance: quantity(10n ** 18n), storage: {} };
  return {
    env: {
      currentCoinbase: addressText(0xc0n),
      currentGasLimit: "0x1c9c380",
      currentNumber: "0x1",
      currentTimestamp: "0x3e8",
      currentRandom: zeros,
      currentBaseFee: "0x7",
      currentExcessBlobGas: "0x0",
    },
    pre: {
      [sender]: { ...plain, code: "0x" },
      [addressText(0x1000n)]: { ...plain, code: caller },
    },
    transaction: {
      data: [hexOf(data)],
      gasLimit: [quantity(2_000_000)],
      value: ["0x0"],
      gasPrice: "0xa",
      nonce: "0x0",
      to: addressText(0x1000n),
      sender,
    },
    post: { Osaka: [{ hash: zeros, logs: zeros, indexes: { data: 0, gas: 0, value: 0 } }] },
  };
}

async function call(data: Uint8Array, extensions: readonly ExtensionPrecompile[]) {
  using engine = new CompiledEngine({ crypto, extensions, tierOne: "off" });
  const transactor = new EngineTransactor(engine, crypto);
  const { result } = await runTest(callTest(data), { transactor, crypto });
  if (result.kind !== "included") throw new Error(`the transaction is ${result.kind}`);
  const { output, gasUsed } = result.receipt;
  return { answer: output[31], hasSucceeded: output[63] === 1, gasUsed };
}

const keys = ml_dsa65.keygen(new Uint8Array(32).fill(5));
const message = Buffer.from("move 5 from a to b");
const signature = ml_dsa65.sign(message, keys.secretKey);
const signed = Buffer.concat([keys.publicKey, signature, message]);

test("a contract checks a post-quantum signature where that was granted", async () => {
  const extensions = grantedExtensions([signatures], granted);
  expect(await call(signed, extensions)).toMatchObject({ answer: 1, hasSucceeded: true });
  const forged = Buffer.from(signed);
  forged[forged.length - 1] = 1;
  expect(await call(forged, extensions)).toMatchObject({ answer: 0, hasSucceeded: true });
  const noKey = Buffer.concat([Buffer.alloc(1_952, 0xff), signature, message]);
  expect(await call(noKey, extensions)).toMatchObject({ answer: 0, hasSucceeded: true });
});

test("an input that the operation refuses fails the call, which takes its gas", async () => {
  const extensions = grantedExtensions([signatures], granted);
  const { hasSucceeded, gasUsed } = await call(signed.subarray(0, 5_000), extensions);
  expect(hasSucceeded).toBe(false);
  expect(gasUsed).toBeGreaterThan(1_900_000n);
});

test("what was not granted is not there: the address is nobody's", async () => {
  for (const grants of [new Set<string>(), new Set(["host-function:other"])]) {
    const extensions = grantedExtensions([signatures], grants);
    expect(extensions).toEqual([]);
    const { answer, hasSucceeded } = await call(signed, extensions);
    expect({ answer, hasSucceeded }).toEqual({ answer: 0, hasSucceeded: true });
  }
});

test("the price is what was registered, by base and by byte", async () => {
  const operation: HostOperation = { name: "nothing", version: 1, run: () => new Uint8Array(32) };
  const gasOf = async (base: number, perByte: number) => {
    const extension = { operation, address, price: { base, perByte } };
    return (await call(new Uint8Array(100), [extension])).gasUsed;
  };
  const cheap = await gasOf(100_000, 0);
  expect((await gasOf(100_777, 0)) - cheap).toBe(777n);
  expect((await gasOf(100_000, 2.5)) - cheap).toBe(250n);
});

test("an operation that throws is the host's fault, and no failure of the contract", async () => {
  const operation: HostOperation = {
    name: "broken",
    version: 1,
    run: () => {
      throw new Error("the accelerator is gone");
    },
  };
  const extension = { operation, address, price: { base: 1, perByte: 0 } };
  await expect(call(signed, [extension])).rejects.toMatchObject({ code: "internal.bug" });
});

test("another operation, version, address or price is another field; malformed ones are refused", () => {
  const other = new Uint8Array(20).fill(0xb1);
  const fields = [
    signatures,
    { ...signatures, address: other },
    { ...signatures, price: { base: 1, perByte: 1 } },
    { ...signatures, operation: { ...mlDsa65, version: 2 } },
  ].map(extensionField);
  expect(new Set(fields).size).toBe(4);
  const low = new Uint8Array(20);
  low[19] = 1;
  const free = { base: 0, perByte: 0 };
  for (const wrong of [
    [signatures, signatures],
    [{ ...signatures, address: low }],
    [{ ...signatures, address: new Uint8Array(3) }],
    [{ ...signatures, price: free }],
    [{ ...signatures, operation: { ...mlDsa65, name: "No" } }],
  ]) {
    expect(() => grantedExtensions(wrong, granted)).toThrow("Cannot register");
  }
});

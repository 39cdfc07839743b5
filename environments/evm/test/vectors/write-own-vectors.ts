/**
 * Fills `own.json` with what the reference engine makes of the cases in `own-cases.ts`:
 * `node environments/evm/test/vectors/write-own-vectors.ts`.
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { openEngine } from "../../src/open-engine.ts";
import { runStateTestCase } from "../../src/statetest/run-state-test.ts";
import { readStateTest } from "../../src/statetest/state-test.ts";
import { logsHash } from "../../src/transition/receipt.ts";
import type { Transactor } from "../../src/transition/transactor.ts";
import { addressOfKey, publicKeyOf } from "../../src/transition/transition-crypto.ts";
import { type OwnCase, ownCases, secretKey } from "./own-cases.ts";

const env = {
  currentCoinbase: `0x${"c1".repeat(20)}`,
  currentDifficulty: "0x20000",
  currentRandom: `0x${"0d".repeat(32)}`,
  currentGasLimit: "0x1000000",
  currentNumber: "0x1",
  currentTimestamp: "0x3e8",
  currentBaseFee: "0xa",
  currentExcessBlobGas: "0x0",
};

using engine = await openEngine("reference");
const keccak256 = (bytes: Uint8Array): Uint8Array => engine.crypto.keccak256(bytes);
const key = Buffer.from(secretKey.slice(2), "hex");
const sender = `0x${Buffer.from(addressOfKey(publicKeyOf(key), keccak256)).toString("hex")}`;
const written: Record<string, unknown> = {};
for (const one of ownCases) written[one.name] = await filled(one);
writeFileSync(join(import.meta.dirname, "own.json"), `${JSON.stringify(written, null, 2)}\n`);

async function filled(one: OwnCase): Promise<object> {
  const { data = [], gasLimit = [], value = [] } = one.transaction as Record<string, unknown[]>;
  const rich = { nonce: "0x0", balance: "0xde0b6b3a7640000", code: "0x", storage: {} };
  const test = {
    env,
    pre: { ...one.pre, [sender]: rich },
    transaction: { ...one.transaction, secretKey, sender },
    post: {} as Record<string, object[]>,
  };
  const picks = data.flatMap((_, d) =>
    gasLimit.flatMap((__, gas) => value.map((___, v) => ({ data: d, gas, value: v }))),
  );
  for (const fork of one.forks) {
    test.post[fork] = [];
    for (const indexes of picks) {
      const post = { indexes, hash: "0x0", logs: "0x0" };
      const read = readStateTest(
        { name: one.name, value: { ...test, post: { [fork]: [post] } } },
        keccak256,
      );
      const outcome = await outcomeOf(read);
      test.post[fork].push({ ...post, ...outcome });
    }
  }
  return test;
}

async function outcomeOf(test: ReturnType<typeof readStateTest>): Promise<object> {
  const seen: { logs: Uint8Array; exception?: string } = { logs: logsHash([], keccak256) };
  const { transactor, crypto } = engine;
  const listening: Transactor = {
    name: "reference",
    async transact(request, world) {
      const result = await transactor.transact(request, world);
      if (result.kind === "included") seen.logs = logsHash(result.receipt.logs, keccak256);
      if (result.kind === "rejected") seen.exception = `TransactionException.${result.code}`;
      return result;
    },
    [Symbol.dispose]: () => undefined,
  };
  const [one] = test.cases;
  if (one === undefined) throw new Error(`${test.name} has no case`);
  const { root } = await runStateTestCase(test, one, { transactor: listening, crypto });
  const hex = (bytes: Uint8Array | undefined) => `0x${Buffer.from(bytes ?? []).toString("hex")}`;
  return {
    hash: hex(root),
    logs: hex(seen.logs),
    ...(seen.exception !== undefined && { expectException: seen.exception }),
  };
}

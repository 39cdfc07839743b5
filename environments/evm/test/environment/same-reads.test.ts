import { newCall, type StateReader } from "@bedplate/environment";
import { afterAll, expect, test } from "vitest";
import { makeTest } from "../../src/diff/test-case.ts";
import type { TestJson } from "../../src/diff/test-json.ts";
import { checkOnState } from "../../src/environment/check-on-state.ts";
import { accountKey, codeKey, encodeAccount, slotKey } from "../../src/environment/state-keys.ts";
import { transactOnState } from "../../src/environment/transact-on-state.ts";
import { type OpenEngine, openEngine } from "../../src/open-engine.ts";
import { forkOfLabel, type LabelledFork } from "../../src/statetest/fork-label.ts";
import { readStateTest } from "../../src/statetest/state-test.ts";
import { blockOfTest } from "../../src/statetest/test-environment.ts";
import { senderOfTest, transactionOfTest } from "../../src/statetest/test-transaction.ts";
import { packed, trimmed } from "../../src/transition/bytes.ts";
import type { MemoryWorld } from "../../src/transition/memory-world.ts";
import { TransactionRejected } from "../../src/transition/rejection.ts";

const seed = Number(process.env["BEDPLATE_SEED"] ?? 2_026);
const count = Number(process.env["BEDPLATE_CASES"] ?? 200);
const forks = ["Cancun", "Prague", "Osaka"] as const;

const immediate = await openEngine("compiled", { tierOne: "immediate" });
const interpreted = await openEngine("compiled", { tierOne: "off" });
const reference = await openEngine("reference");
afterAll(() => {
  for (const engine of [immediate, interpreted, reference]) engine[Symbol.dispose]();
});

const keccak256 = (bytes: Uint8Array): Uint8Array => reference.crypto.keccak256(bytes);
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");

/** A world as keys and values that writes down which of them are looked at. */
class RecordedState implements StateReader {
  readonly looked = new Set<string>();
  readonly #values = new Map<string, Uint8Array>();

  constructor(world: MemoryWorld) {
    for (const { address, nonce, balance, code, storage } of world.accounts()) {
      const codeHash = keccak256(code);
      this.#values.set(packed(accountKey(address)), encodeAccount({ nonce, balance, codeHash }));
      this.#values.set(packed(codeKey(codeHash)), code);
      for (const [slot, value] of storage) {
        this.#values.set(packed(slotKey(address, slot)), trimmed(value));
      }
    }
  }

  peek(key: Uint8Array): Uint8Array | null {
    this.looked.add(packed(key));
    return this.#values.get(packed(key)) ?? null;
  }

  async load(): Promise<void> {}
}

/** Everything that a ledger would see of the transaction. */
async function seen(json: TestJson, engine: OpenEngine): Promise<object> {
  const { world, cases, environment, transaction } = readStateTest(
    { name: "case", value: json },
    keccak256,
  );
  const [one] = cases;
  const labelled = forkOfLabel(one?.fork ?? "") as LabelledFork;
  const reads = new RecordedState(world);
  const call = newCall({ principal: "test", timeoutMs: 60_000 });
  const sender = senderOfTest(transaction, keccak256);
  const { chainId } = environment;
  try {
    const request = {
      fork: labelled.fork,
      blobs: labelled.blobs,
      block: blockOfTest(environment, { labelled, keccak256 }),
      transaction: transactionOfTest(transaction, {
        indexes: one?.indexes ?? { data: 0, gas: 0, value: 0 },
        chainId,
        sender,
      }),
      deadline: performance.now() + 60_000,
      logBounds: { bytesMax: 1_000, countMax: 8 },
    };
    await checkOnState(request, { reads, call, crypto: engine.crypto });
    const scout = engine === reference ? interpreted.transactor : undefined;
    const means = { transactor: engine.transactor, reads, call, scout };
    const { result, writes } = await transactOnState(request, means);
    const { gasUsed, output, logs } =
      result.kind === "included" ? result.receipt : { gasUsed: 0n, output: "", logs: [] };
    return {
      looked: [...reads.looked].sort().map((name) => hex(Buffer.from(name, "latin1"))),
      end: result.kind === "included" ? result.receipt.isSuccess : result,
      gasUsed,
      output,
      logs: logs.map(({ address, topics, data }) => [hex(address), topics.map(hex), hex(data)]),
      writes: writes.map(({ key, value }) => [hex(key), value && hex(value)]),
    };
  } catch (error) {
    if (!(error instanceof TransactionRejected)) throw error;
    return { looked: [...reads.looked].sort(), end: error.code };
  }
}

test("every engine, compiled or not, reads the same keys and leaves the same", async () => {
  for (let index = 0; index < count; index++) {
    const { test: made } = makeTest({ seed }, index);
    const [cases] = Object.values(made.post);
    const label = forks[index % forks.length] ?? "Osaka";
    const json = { ...made, post: { [label]: cases ?? [] } };
    const first = await seen(json, immediate);
    expect({ index, ...(await seen(json, interpreted)) }).toEqual({ index, ...first });
    expect({ index, ...(await seen(json, reference)) }).toEqual({ index, ...first });
  }
});

import { join } from "node:path";
import type { Call, StateReader } from "@bedplate/environment";
import { afterAll, expect, test } from "vitest";
import type { WorldReader } from "../../src/engine.ts";
import { accountKey, codeKey, encodeAccount, slotKey } from "../../src/environment/state-keys.ts";
import { StateWorld } from "../../src/environment/state-world.ts";
import { transactOnState } from "../../src/environment/transact-on-state.ts";
import { engineNames, type OpenEngine, openEngine } from "../../src/open-engine.ts";
import { runStateTestCase } from "../../src/statetest/run-state-test.ts";
import { readTestFile } from "../../src/statetest/test-files.ts";
import { packed, trimmed } from "../../src/transition/bytes.ts";
import type { MemoryWorld } from "../../src/transition/memory-world.ts";
import type { TransactionRequest, Transactor } from "../../src/transition/transactor.ts";

const call: Call = {
  signal: new AbortController().signal,
  deadlineAt: Number.MAX_SAFE_INTEGER,
  principal: "test",
  trace: "00-00000000000000000000000000000001-0000000000000001-01",
};
const engines = await Promise.all(engineNames.map((name) => openEngine(name)));
afterAll(() => {
  for (const engine of engines) engine[Symbol.dispose]();
});

/** A world as keys and values, of which nothing is resident until it is loaded. */
class ColdState implements StateReader {
  readonly values = new Map<string, Uint8Array>();
  readonly loaded = new Set<string>();
  loads = 0;

  constructor(world: MemoryWorld, keccak256: (bytes: Uint8Array) => Uint8Array) {
    for (const { address, nonce, balance, code, storage } of world.accounts()) {
      const codeHash = keccak256(code);
      this.values.set(packed(accountKey(address)), encodeAccount({ nonce, balance, codeHash }));
      this.values.set(packed(codeKey(codeHash)), code);
      for (const [slot, value] of storage) {
        this.values.set(packed(slotKey(address, slot)), trimmed(value));
      }
    }
  }

  peek(key: Uint8Array): Uint8Array | null | undefined {
    const name = packed(key);
    return this.loaded.has(name) ? (this.values.get(name) ?? null) : undefined;
  }

  async load(keys: readonly Uint8Array[]): Promise<void> {
    this.loads++;
    for (const key of keys) this.loaded.add(packed(key));
  }
}

/** Passes each transaction through keys and values, and checks that the writes are the changes. */
function throughState(engine: OpenEngine, states: ColdState[]): Transactor {
  return {
    name: engine.name,
    async transact(request: TransactionRequest, world: WorldReader) {
      const keccak256 = (bytes: Uint8Array): Uint8Array => engine.crypto.keccak256(bytes);
      const reads = new ColdState(world as MemoryWorld, keccak256);
      states.push(reads);
      const { transactor } = engine;
      const { result, writes } = await transactOnState(request, { transactor, reads, call });
      const keys = writes.map(({ key }) => Buffer.from(key).toString("hex"));
      expect(keys).toEqual([...new Set(keys)].sort());
      if (result.kind !== "included") expect(writes).toEqual([]);
      return result;
    },
    [Symbol.dispose]: () => undefined,
  };
}

test.each(engines)("$name gives on cold state what it gives where all is there", async (engine) => {
  const { crypto } = engine;
  const states: ColdState[] = [];
  const transactor = throughState(engine, states);
  const keccak256 = (bytes: Uint8Array): Uint8Array => crypto.keccak256(bytes);
  const path = join(import.meta.dirname, "../vectors/own.json");
  for await (const each of readTestFile(path, { keccak256 })) {
    for (const one of each.cases) {
      if (!["Cancun", "Prague", "Osaka"].includes(one.fork)) continue;
      const result = await runStateTestCase(each, one, { transactor, crypto, isStrict: true });
      expect(result.error, each.name).toBeUndefined();
    }
  }
  expect(states.length).toBeGreaterThan(40);
  expect(Math.max(...states.map(({ loads }) => loads))).toBeGreaterThan(2);
});

test("a fork in which contracts lose their storage is refused", async () => {
  const [engine] = engines;
  if (engine === undefined) throw new Error("no engine");
  const path = join(import.meta.dirname, "../vectors/own.json");
  const transactor = throughState(engine, []);
  const { crypto } = engine;
  const keccak256 = (bytes: Uint8Array): Uint8Array => crypto.keccak256(bytes);
  for await (const each of readTestFile(path, { keccak256 })) {
    const [one] = each.cases;
    if (one === undefined || one.fork !== "Frontier") continue;
    await expect(runStateTestCase(each, one, { transactor, crypto })).rejects.toThrow(
      "Cannot transact on state by the rules of frontier",
    );
    return;
  }
});

test("a value that is no account is damaged data, not a crash", () => {
  const reads = { peek: () => Uint8Array.of(1, 2, 3), load: async () => {} };
  expect(() => new StateWorld(reads).account(new Uint8Array(20))).toThrow(
    "the state holds something else",
  );
});

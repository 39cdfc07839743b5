import { expect, test } from "vitest";
import { portableCrypto } from "../../src/crypto/index.ts";
import type { Context, MessageResult } from "../../src/engine.ts";
import { forkOf } from "../../src/forks/fork.ts";
import { ReferenceChains } from "../../src/reference/reference-chains.ts";
import { ReferenceMessages } from "../../src/reference/reference-messages.ts";
import { ReferenceTransactor } from "../../src/reference/reference-transactor.ts";
import { callee, code, contextOf, interpreter, numberOf, sender } from "../machine/rig.ts";

/** With input it stores a transient 1 and never ends; without, it answers what is stored. */
const storesOrAnswers = code("36600c57 5f5c 5f5260205ff3 5b 60015f5d 5b601156");
/** Makes its memory 4 MiB long and calls itself with all gas. */
const nests = code("6001 62400000 52 5f5f5f5f5f 30 5a f1 00");
/** Makes its memory 2 GiB long at once. */
const reachesFar = code("6001 637fffffff 52 00");
/** Writes logs of 1 MiB for ever. */
const logs = code("5b 62100000 5f a0 5f56");

function call(
  messages: ReferenceMessages,
  bytes: Uint8Array,
  {
    input = "",
    gas = 10_000_000n,
    ...context
  }: { input?: string; gas?: bigint } & Partial<Context>,
): Promise<MessageResult> {
  const message = { kind: "call", sender, to: callee, value: 0n, input: code(input), gas } as const;
  return messages.execute(message, contextOf({ engine: interpreter(), code: bytes, context }));
}

test("what a stopped execution stored for its transaction is gone for the next one", async () => {
  using messages = new ReferenceMessages(portableCrypto);
  await call(messages, storesOrAnswers, {});
  const deadline = performance.now() + 50;
  const gas = 2n ** 60n;
  const stopped = await call(messages, storesOrAnswers, { input: "01", gas, deadline });
  expect(stopped).toMatchObject({ kind: "stopped", stopped: "deadline" });
  const { kind, output } = await call(messages, storesOrAnswers, {});
  expect([kind, numberOf(output)]).toEqual(["success", 0n]);
});

test("a stopped transaction leaves nothing to the next one", async () => {
  using transactor = new ReferenceTransactor(portableCrypto);
  const context = contextOf({ engine: interpreter(), code: storesOrAnswers });
  const gasLimit = 2n ** 60n;
  const transact = (data: Uint8Array, nonce: bigint, deadline?: number) =>
    transactor.transact(
      {
        ...context,
        fork: forkOf("cancun"),
        block: { ...context.block, gasLimit, baseFee: 0n },
        transaction: { ...plainTransaction, gasLimit, data, nonce },
        deadline,
      },
      context.world,
    );
  const stopped = await transact(code("01"), 1n, performance.now() + 50);
  expect(stopped).toEqual({ kind: "stopped", reason: "deadline" });
  const next = await transact(code(""), 1n);
  expect(next).toMatchObject({ kind: "included", receipt: { output: new Uint8Array(32) } });
});

const plainTransaction = {
  type: 0,
  sender,
  to: callee,
  value: 0n,
  maxFeePerGas: 0n,
  maxPriorityFeePerGas: 0n,
  accessList: [],
  maxFeePerBlobGas: 0n,
  blobHashes: [],
  authorizations: [],
} as const;

test.each([
  { what: "nested memories", bytes: nests },
  { what: "one memory", bytes: reachesFar },
  { what: "logs", bytes: logs },
])("an execution stops where $what would take more than there is", async ({ bytes }) => {
  using messages = new ReferenceMessages(portableCrypto);
  const result = await call(messages, bytes, { gas: 2n ** 62n });
  expect(result).toMatchObject({ kind: "stopped", stopped: "memoryLimit" });
});

test("machines of many chains are not all kept", async () => {
  const chains = new ReferenceChains(portableCrypto);
  const fork = forkOf("osaka");
  const first = await chains.get({ fork, chainId: 1n });
  for (let chainId = 2n; chainId < 40n; chainId++) {
    await chains.get({ fork, chainId });
    expect(await chains.get({ fork, chainId: 1n })).toBe(first);
  }
  expect(chains.size).toBeLessThanOrEqual(16);
  chains.drop({ fork, chainId: 1n });
  expect(await chains.get({ fork, chainId: 1n })).not.toBe(first);
});

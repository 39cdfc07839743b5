import assert from "node:assert";
import type { Digest } from "@bedplate/codec";
import { openCrypto } from "@bedplate/environment-evm/crypto";
import { allocEntries, patriciaCommitment } from "@bedplate/environment-evm/ledger";
import { makeTest } from "@bedplate/environment-evm/tools";
import type { Transaction } from "../../src/index.ts";
import { genesisEffects } from "../../src/seal/execute-batch.ts";
import { openRig, project } from "../rig.ts";
import { Comparison, MemoryBase, rootFromNothing } from "./comparison.ts";
import {
  type Alloc,
  adversaries,
  chainText,
  contracts,
  holder,
  randomCall,
  type UnsignedCall,
  worldOf,
} from "./evm-world.ts";
import { paidChainText, paidTransactions, payers } from "./paid-transactions.ts";
import { Dice } from "./random-batches.ts";
import type { SchedulerReport } from "./scheduler-scenario.ts";

/** What came of comparing the schedulers on the EVM, and how the transactions ended. */
export interface EvmSchedulerReport extends SchedulerReport {
  readonly ends: Readonly<Record<string, number>>;
}

/**
 * Executes batches of EVM transactions under every scheduler and demands the same receipts, root and access
 * list of all. Every third random batch is of calls into generated contracts that call each other.
 */
export async function evmSchedulerScenario(options: {
  readonly random: number;
  readonly adversarial: number;
  readonly seed: string;
}): Promise<EvmSchedulerReport> {
  const { seed } = options;
  await using rig = await openRig({ slots: ["evm"] });
  const dice = new Dice(seed);
  const artifact = await rig.put(Buffer.from(chainText));
  const paidArtifact = await rig.put(Buffer.from(paidChainText));
  const ends: Record<string, number> = {};
  const report = { seed, batches: 0, transactions: 0, repeated: 0, lies: 0, ends };
  let state = await stateOf(await worldWith(24));
  for (let n = 0; n < options.random + options.adversarial; n++) {
    if (n % 50 === 0 && n > 0) state = await stateOf(await worldWith(dice.of([4, 24, 60])));
    const plain = n < options.random ? randomBatch(dice, n) : adversarialBatch(dice, n);
    // Generated contracts come with a world of their own.
    const base = plain.alloc === undefined ? state : await stateOf(plain.alloc);
    const isPaid = plain.alloc === undefined && dice.below(2) === 0;
    const made = { ...plain, chain: isPaid ? paidArtifact : artifact };
    const transactions = isPaid
      ? await paidTransactions(paidArtifact, { base, dice })
      : plain.calls.map((call, index) => transactionOf(artifact, call, index));
    const run = new Comparison(rig, {
      slot: "evm",
      state: base,
      dice,
      number: n + 1,
      transactions,
      // Without a frame each transaction is in a block of its own.
      framed: dice.below(4) === 0 ? undefined : made.chain,
    });
    const { serial, repeated, hasLied } = await run.compare(`${seed}/${n} (${made.kind})`);
    report.batches++;
    report.transactions += transactions.length;
    report.repeated += repeated;
    if (hasLied) report.lies++;
    for (const { outcome } of serial.receipts) {
      const end = endOf(outcome);
      ends[end] = (ends[end] ?? 0) + 1;
    }
    ends["not in a batch"] =
      (ends["not in a batch"] ?? 0) + transactions.length - serial.receipts.length;
    await base.apply(serial);
    assert.equal(await rootFromNothing(base), serial.batch.root, `root of ${seed}/${n}`);
  }
  return report;
}

/** What a receipt says of its transaction: its status, or how it is not in the state. */
function endOf(outcome: { readonly kind: string; readonly output?: Uint8Array }): string {
  if (outcome.output === undefined) return outcome.kind;
  const { status } = JSON.parse(Buffer.from(outcome.output).toString()) as { status: string };
  return status === "0x1" ? "success" : "failure";
}

async function worldWith(holders: number): Promise<Alloc> {
  const { crypto } = await openCrypto({ preference: "portable" });
  const world = worldOf(holders, (bytes) => crypto.keccak256(bytes));
  return { ...world, ...(await payers()) };
}

/** A state that holds these accounts, with its root. */
export async function stateOf(alloc: Alloc): Promise<MemoryBase> {
  const base = new MemoryBase(patriciaCommitment);
  const entries = await allocEntries(alloc);
  const effects = await genesisEffects(entries, { at: 0, base, commitment: patriciaCommitment });
  await base.apply(effects);
  return base;
}

export function transactionOf(artifact: Digest, call: UnsignedCall, index: number): Transaction {
  return {
    id: `tx_${index}`,
    project,
    sender: call.from,
    artifact,
    entry: "transact-unsigned",
    input: Buffer.from(JSON.stringify(call)),
    budget: { fuel: 3_000_000, wallMs: 30_000 },
    priority: 5,
    gasPrice: 0,
    submittedAt: 0,
  };
}

interface EvmBatch {
  readonly kind: string;
  readonly calls: readonly UnsignedCall[];
  readonly alloc?: Alloc | undefined;
}

function randomBatch(dice: Dice, n: number): EvmBatch {
  const count = 1 + dice.below(dice.of([4, 12, 30]));
  if (n % 3 === 2) return generatedBatch(dice, count);
  const calls = Array.from({ length: count }, () => randomCall(dice, dice.of([2, 4, 24])));
  return { kind: "random", calls };
}

function adversarialBatch(dice: Dice, n: number): EvmBatch {
  const kinds = Object.keys(adversaries);
  const kind = kinds[n % kinds.length] ?? "";
  const count = 4 + dice.below(28);
  const calls = Array.from({ length: count }, (_, index) => adversaries[kind]?.(index, 4, dice));
  return { kind, calls: calls.filter((each) => each !== undefined) };
}

/** Calls of several senders into contracts that were generated to find differences between engines. */
function generatedBatch(dice: Dice, count: number): EvmBatch {
  const { test } = makeTest({ seed: dice.below(1_000_000) }, dice.below(10_000));
  const senders = Array.from({ length: 3 }, (_, index) => holder(index));
  const funds = Object.fromEntries(senders.map((each) => [each, { balance: "0xde0b6b3a7640000" }]));
  const targets = Object.keys(test.pre).filter((each) => test.pre[each]?.code !== "0x");
  const calls = Array.from({ length: count }, (_, index): UnsignedCall => {
    const data = test.transaction.data[0] ?? "0x";
    return {
      from: senders[dice.below(senders.length)] ?? holder(0),
      to: targets[dice.below(targets.length)] ?? contracts.token,
      data: index % 2 === 0 ? data : `0x${dice.below(65_536).toString(16).padStart(8, "0")}`,
      gas: "0x493e0",
    };
  });
  return { kind: "generated", calls, alloc: { ...(test.pre as Alloc), ...funds } };
}

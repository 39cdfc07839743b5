/**
 * What executing a block of signed Ethereum transactions costs serially and ahead of time, on two worker
 * threads: transfers and ERC-20 transfers, each with a tip for the same coinbase. Executing only, from
 * the first to the last effect; the root is not in it, and nothing is committed.
 *
 * Run it with `node core/ledgers/bench/evm-schedulers.bench.ts [rounds] [transactions]`.
 */
import { readFileSync } from "node:fs";
import { seededRandom, systemClock } from "@bedplate/clock";
import { digestBytes } from "@bedplate/codec";
import { createHostPort, type Environment, newCall } from "@bedplate/environment";
import { openCrypto } from "@bedplate/environment-evm/crypto";
import { patriciaCommitment } from "@bedplate/environment-evm/ledger";
import { signTransaction } from "@bedplate/environment-evm/tools";
import { mountInWorker } from "@bedplate/environment-remote";
import { quantile, reportBench } from "@bedplate/testkit";
import { type SchedulerName, schedulers, type Transaction } from "../src/index.ts";
import { LedgerLane } from "../src/schedule/ledger-lane.ts";
import { OneAtATime } from "../src/schedule/one-at-a-time.ts";
import { executeBatch } from "../src/seal/execute-batch.ts";
import { framingOf, type MemoryBase } from "../test/scenarios/comparison.ts";
import { stateOf } from "../test/scenarios/evm-scheduler-scenario.ts";
import { type Alloc, contracts } from "../test/scenarios/evm-world.ts";

const rounds = Number(process.argv[2] ?? 7);
const count = Number(process.argv[3] ?? 500);
const workers = 2;
const chainId = 8n;

const chain = Buffer.from(
  JSON.stringify({
    format: "evm-chain/1",
    chainId: Number(chainId),
    gasLimit: 1_000_000_000,
    baseFee: "1000",
    coinbase: `0x${"c0".repeat(20)}`,
  }),
);
const artifact = digestBytes(chain);
const tokenCode = readFileSync(new URL("../../../examples/evm/token.hex", import.meta.url), "utf8");

const word = (digits: string) => digits.replace(/^0x/, "").padStart(64, "0");
const account = (index: number) => `0x${(0x5_0000 + index).toString(16).padStart(40, "0")}`;
const fees = { maxFeePerGas: "0x186a0", maxPriorityFeePerGas: "0x2", nonce: "0x0" };

const transfer = (to: string) => ({ ...fees, gas: "0x5208", to, value: "0x1" });
const tokenTransfer = (to: string) => ({
  ...fees,
  gas: "0x186a0",
  to: contracts.token,
  data: `0xa9059cbb${word(to)}${word("0x1")}`,
});

const workloads: Readonly<Record<string, (index: number) => object>> = {
  "transfers, independent": (index) => transfer(account(index)),
  "transfers to one account": () => transfer(account(0)),
  "ERC-20, independent": (index) => tokenTransfer(account(index)),
  "ERC-20, one in ten to one account": (index) =>
    tokenTransfer(account(index % 10 === 0 ? 0 : index)),
  "ERC-20 to one account": () => tokenTransfer(account(0)),
};

const keyOf = (index: number) => Buffer.from(word((index + 1).toString(16)), "hex");

async function worldOf(senders: readonly string[]): Promise<Alloc> {
  const { crypto } = await openCrypto();
  const balanceSlot = (holder: string) =>
    `0x${Buffer.from(crypto.keccak256(Buffer.from(word(holder) + word("0"), "hex"))).toString("hex")}`;
  const storage = Object.fromEntries(senders.map((each) => [balanceSlot(each), "0x3e8"]));
  const holders = senders.map((each) => [each, { balance: "0xde0b6b3a7640000" }] as const);
  const token = { balance: "0x0", nonce: "0x1", code: tokenCode.trim(), storage };
  return { ...Object.fromEntries(holders), [contracts.token]: token };
}

async function transactionsOf(jsonOf: (index: number) => object): Promise<readonly Transaction[]> {
  const signed: Transaction[] = [];
  for (let index = 0; index < count; index++) {
    const secretKey = keyOf(index);
    const { bytes } = await signTransaction(jsonOf(index), { secretKey, chainId });
    signed.push({
      id: `tx_${index}`,
      project: "bench",
      sender: "bench",
      artifact,
      entry: "transact",
      input: bytes,
      budget: { fuel: 100_000, wallMs: 30_000 },
      priority: 5,
      gasPrice: 0,
      submittedAt: 0,
    });
  }
  return signed;
}

interface Measured {
  readonly ms: number;
  readonly root: string;
  readonly receipts: string;
  readonly repeated: number;
}

async function measure(
  environment: Environment,
  batch: {
    readonly scheduler: SchedulerName;
    readonly transactions: readonly Transaction[];
    readonly base: MemoryBase;
  },
): Promise<Measured> {
  const { transactions, base } = batch;
  const modules = { clock: systemClock, random: seededRandom("bench") };
  const release = { name: "evm-compiled", version: "0.1.0", build: artifact };
  const use = { environment, release, [Symbol.dispose]: () => {} };
  const context = { number: 1, parent: base.root, at: 1_700_000_000_000 };
  const { signal } = new AbortController();
  const creating = new OneAtATime();
  const open = () => new LedgerLane(modules, { use, transactions, context, signal, creating });
  const lanes: [LedgerLane, LedgerLane] = [open(), open()];
  let [ms, repeated] = [0, 0];
  try {
    const made = await executeBatch({
      transactions,
      context,
      serial: 1,
      base,
      lanes,
      framing: framingOf(artifact, lanes[0]),
      dropsRefused: true,
      scheduler: async (scheduled) => {
        const startedMs = performance.now();
        const done = await schedulers[batch.scheduler](scheduled);
        ms = performance.now() - startedMs;
        repeated = done.repeated;
        return done;
      },
      commitment: patriciaCommitment,
      signal,
    });
    if (made.receipts.length !== count)
      throw new Error(`${made.dropped[0]?.reason} of a transaction`);
    return { ms, root: made.batch.root, receipts: made.batch.receipts, repeated };
  } finally {
    for (const lane of lanes) await lane[Symbol.asyncDispose]();
  }
}

const call = newCall({ principal: "bench", timeoutMs: 3_600_000 });
const module = import.meta.resolve("@bedplate/environment-evm");
const mounting = await mountInWorker({ module, exportName: "evmCompiledPlugin", workers }, call);
const host = createHostPort({
  owner: "bench",
  grants: mounting.manifest.wants,
  ports: { "blob:read": { read: async () => chain } },
});
const environment = await mounting.open({ host }, call);

const senders: string[] = [];
for (let index = 0; index < count; index++) {
  const { sender } = await signTransaction(transfer(account(0)), {
    secretKey: keyOf(index),
    chainId,
  });
  senders.push(`0x${Buffer.from(sender).toString("hex")}`);
}
const base = await stateOf(await worldOf(senders));
const rows: (string | number)[][] = [];
for (const [name, jsonOf] of Object.entries(workloads)) {
  const transactions = await transactionsOf(jsonOf);
  const times: { serial: number[]; optimistic: number[] } = { serial: [], optimistic: [] };
  const ends = new Set<string>();
  let repeated = 0;
  for (let round = -2; round < rounds; round++) {
    for (const scheduler of ["serial", "optimistic"] as const) {
      const measured = await measure(environment, { scheduler, transactions, base });
      ends.add(`${measured.root} ${measured.receipts}`);
      if (round < 0) continue;
      times[scheduler].push(measured.ms);
      repeated += measured.repeated;
    }
  }
  if (ends.size !== 1) throw new Error("The schedulers disagree");
  const [serial, optimistic] = [quantile(times.serial, 0.5), quantile(times.optimistic, 0.5)];
  const perSecond = Math.round((count / optimistic) * 1_000);
  rows.push([name, serial, optimistic, serial / optimistic, perSecond, repeated / rounds]);
}
await environment.close(call);
await mounting.close();
reportBench("core/ledgers/evm-schedulers", {
  columns: ["block", "serial ms", "optimistic ms", "times as fast", "per second", "repeated"],
  rows,
  notes: [
    `${count} signed transactions of as many senders, ${workers} worker threads; medians of ${rounds}. Roots and receipts were the same.`,
  ],
});

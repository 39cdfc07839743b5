/**
 * What executing a batch costs under each scheduler: transactions of a Wasm contract that work for
 * about three milliseconds, on two worker threads, with no conflicts, some, and nothing but conflicts.
 * Executing only: the state is in memory, and nothing is committed.
 *
 * Run it with `node core/ledgers/bench/schedulers.bench.ts [rounds]`.
 */
import { readFileSync } from "node:fs";
import { seededRandom, systemClock } from "@bedplate/clock";
import { digestBytes } from "@bedplate/codec";
import { createHostPort, type Environment, newCall } from "@bedplate/environment";
import { mountInWorker } from "@bedplate/environment-remote";
import { quantile, reportBench } from "@bedplate/testkit";
import {
  type DeclaredAccess,
  radixCommitment,
  type SchedulerName,
  schedulers,
  type Transaction,
} from "../src/index.ts";
import { LedgerLane } from "../src/schedule/ledger-lane.ts";
import { OneAtATime } from "../src/schedule/one-at-a-time.ts";
import { executeBatch } from "../src/seal/execute-batch.ts";
import { MemoryBase } from "../test/scenarios/comparison.ts";

const rounds = Number(process.argv[2] ?? 7);
const transactionCount = 100;
const workers = 2;
/** Rounds of the contract's loop: about three milliseconds. */
const workRounds = Number(process.argv[3] ?? 3_000_000);

const contract = readFileSync(new URL("../../../examples/contracts/tally.wasm", import.meta.url));
const artifact = digestBytes(contract);

const workloads: Readonly<Record<string, (index: number) => string>> = {
  "no conflicts": (index) => `own${index}`,
  "one in ten conflicts": (index) => (index % 10 === 0 ? "shared" : `own${index}`),
  "half conflict": (index) => (index % 2 === 0 ? "shared" : `own${index}`),
  "all conflict": () => "shared",
};

async function openWorkers(): Promise<{
  readonly environment: Environment;
  readonly close: () => Promise<void>;
}> {
  const call = newCall({ principal: "bench", timeoutMs: 3_600_000 });
  const mounting = await mountInWorker(
    {
      module: import.meta.resolve("@bedplate/environment-wasm"),
      exportName: "wasmPlugin",
      workers,
    },
    call,
  );
  const host = createHostPort({
    owner: "bench",
    grants: mounting.manifest.wants,
    ports: {
      "blob:read": { read: async () => contract },
      cache: { get: async () => undefined, put: async () => {} },
    },
  });
  const environment = await mounting.open({ host }, call);
  return {
    environment,
    close: async () => {
      await environment.close(call);
      await mounting.close();
    },
  };
}

function transactionsOf(keyOf: (index: number) => string): readonly Transaction[] {
  return Array.from({ length: transactionCount }, (_, index): Transaction => {
    const key = Buffer.from(keyOf(index));
    const work = Buffer.alloc(4);
    work.writeUInt32LE(workRounds);
    const access: DeclaredAccess = { reads: [key], writes: [key] };
    return {
      id: `tx_${index}`,
      project: "bench",
      sender: "bench",
      artifact,
      entry: "add",
      input: Buffer.concat([work, key]),
      budget: { fuel: 1_000_000_000, wallMs: 30_000 },
      priority: 5,
      gasPrice: 0,
      access,
      submittedAt: 0,
    };
  });
}

async function measure(
  environment: Environment,
  batch: { readonly scheduler: SchedulerName; readonly transactions: readonly Transaction[] },
): Promise<{ readonly ms: number; readonly root: string; readonly repeated: number }> {
  const { transactions } = batch;
  const modules = { clock: systemClock, random: seededRandom("bench") };
  const release = { name: "wasm", version: "0.1.0", build: artifact };
  const use = { environment, release, [Symbol.dispose]: () => {} };
  const context = { number: 1, parent: radixCommitment.emptyRoot, at: 1_700_000_000_000 };
  const { signal } = new AbortController();
  const creating = new OneAtATime();
  const open = () => new LedgerLane(modules, { use, transactions, context, signal, creating });
  const lanes: [LedgerLane, LedgerLane] = [open(), open()];
  let repeated = 0;
  try {
    const startedMs = performance.now();
    const { batch: made } = await executeBatch({
      transactions,
      context,
      serial: 1,
      base: new MemoryBase(),
      lanes,
      scheduler: async (scheduled) => {
        const done = await schedulers[batch.scheduler](scheduled);
        repeated = done.repeated;
        return done;
      },
      commitment: radixCommitment,
      signal,
    });
    return { ms: performance.now() - startedMs, root: made.root, repeated };
  } finally {
    for (const lane of lanes) await lane[Symbol.asyncDispose]();
  }
}

const { environment, close } = await openWorkers();
const rows: (string | number)[][] = [];
for (const [name, keyOf] of Object.entries(workloads)) {
  const transactions = transactionsOf(keyOf);
  const times: Record<SchedulerName, number[]> = { serial: [], optimistic: [], "access-list": [] };
  const roots = new Set<string>();
  let repeated = 0;
  for (let round = -1; round < rounds; round++) {
    for (const scheduler of ["serial", "optimistic", "access-list"] as const) {
      const measured = await measure(environment, { scheduler, transactions });
      roots.add(measured.root);
      if (round < 0) continue;
      times[scheduler].push(measured.ms);
      if (scheduler === "optimistic") repeated += measured.repeated;
    }
  }
  if (roots.size !== 1) throw new Error("The schedulers disagree");
  const [serial, optimistic, listed] = [times.serial, times.optimistic, times["access-list"]].map(
    (each) => quantile(each, 0.5),
  ) as [number, number, number];
  rows.push([
    name,
    serial,
    optimistic,
    listed,
    serial / optimistic,
    serial / listed,
    repeated / rounds,
  ]);
}
await close();
reportBench("core/ledgers/schedulers", {
  columns: [
    "batch",
    "serial ms",
    "optimistic ms",
    "access list ms",
    "optimistic: times as fast",
    "access list: times as fast",
    "executions repeated",
  ],
  rows,
  notes: [
    `${transactionCount} transactions, ${workRounds} rounds of work each, ${workers} worker threads; medians of ${rounds}.`,
  ],
});

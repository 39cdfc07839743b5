/**
 * Accepted-to-finished runs per second of a whole server: HTTP, policy, a metered guest in a worker
 * thread, one durable SQLite commit. The server and the load generator are processes of their own on
 * one machine, so the generator's CPU time is taken from what is measured.
 *
 * Run it with `node bench/throughput.bench.ts [seconds per row]`.
 */
import { readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { quantile, reportBench } from "@bedplate/testkit";
import { type BenchServer, openBenchServer } from "./harness/bench-server.ts";
import { Connection } from "./harness/connection.ts";
import { type LoadPlan, runLoad } from "./harness/load.ts";

const [secondsText = "4", only = ""] = process.argv.slice(2);
const seconds = Number(secondsText);

const kernel = readFileSync(
  new URL("../foundation/wasm/bench/kernels/xorshift.wasm", import.meta.url),
);
const add = readFileSync(new URL("../examples/add.wasm", import.meta.url));

interface Workload {
  readonly name: string;
  readonly artifact: Uint8Array;
  readonly entry: string;
  /** Left out where it is found by measuring. */
  readonly args?: readonly string[] | undefined;
}

const guestMsWanted = 1;

const workloads: readonly Workload[] = [
  { name: "add(2, 3)", artifact: add, entry: "add", args: ["2", "3"] },
  { name: "1 ms of xorshift", artifact: kernel, entry: "run" },
];

const modes: readonly Pick<LoadPlan, "mode" | "connections">[] = [
  { mode: "wait", connections: 1 },
  { mode: "wait", connections: 16 },
  { mode: "wait", connections: 64 },
  { mode: "queue", connections: 16 },
];

await using server = await openBenchServer({ slots: ["wasm"] });
const rows: (string | number)[][] = [];
for (const workload of workloads) {
  for (const mode of modes) {
    const name = `${workload.name}, ${mode.mode}, ${mode.connections}`;
    if (name.includes(only)) rows.push(await measure(server, { workload, mode }));
  }
}
reportBench("throughput", {
  columns: [
    "run",
    "mode",
    "clients",
    "runs/s",
    "p50 ms",
    "p99 ms",
    "server CPU us/run",
    "guest CPU us/run",
    "client CPU us/run",
    "processors busy",
  ],
  rows,
  notes: [
    `${availableParallelism()} processors. Server CPU counts every thread and contains the guest's; in mode queue, p50 and p99 are of the acceptance.`,
  ],
});

async function measure(
  opened: BenchServer,
  { workload, mode }: { readonly workload: Workload; readonly mode: (typeof modes)[number] },
): Promise<(string | number)[]> {
  const body = await prepare(opened, workload);
  // Enough to fill the time at the rate that a first short burst shows.
  const burst = await runLoad(opened, { ...mode, body, warmUpRuns: 300, runs: 300 });
  const runs = Math.max(300, Math.round((burst.runs / burst.wallMs) * 1000 * seconds));
  const result = await runLoad(opened, { ...mode, body, warmUpRuns: 100, runs });
  const perRun = (ms: number) => (ms * 1000) / result.runs;
  return [
    workload.name,
    mode.mode,
    mode.connections,
    Math.round((result.runs / result.wallMs) * 1000),
    result.p50Ms,
    result.p99Ms,
    perRun(result.serverCpuMs),
    await guestUs(opened, body),
    perRun(result.clientCpuMs),
    (result.serverCpuMs + result.clientCpuMs) / result.wallMs,
  ];
}

/** Stores the artifact, and finds with the server's own figures the argument that takes `guestMs`. */
async function prepare(opened: BenchServer, workload: Workload): Promise<object> {
  using connection = new Connection(opened.url, opened.key);
  const stored = await connection.post("/v1/artifacts", workload.artifact);
  const { digest } = JSON.parse(stored.body) as { readonly digest: string };
  const bodyOf = (args: readonly string[]) => ({
    slot: "wasm",
    artifact: { digest },
    entry: workload.entry,
    args,
  });
  if (workload.args !== undefined) return bodyOf(workload.args);
  let count = 100_000;
  for (let round = 0; round < 4; round++) {
    const cpuMs = await medianCpuMs(connection, bodyOf([String(count)]));
    count = Math.round((count * guestMsWanted) / cpuMs);
  }
  return bodyOf([String(count)]);
}

async function guestUs(opened: BenchServer, body: object): Promise<number> {
  using connection = new Connection(opened.url, opened.key);
  return (await medianCpuMs(connection, body)) * 1000;
}

/** CPU time of the guest once it is warm. */
async function medianCpuMs(connection: Connection, body: object): Promise<number> {
  const times: number[] = [];
  for (let i = 0; i < 60; i++) {
    const answer = await connection.post("/v1/runs", { ...body, wait: true });
    const { usage } = JSON.parse(answer.body) as { readonly usage: { readonly cpuMs: number } };
    times.push(usage.cpuMs);
  }
  return quantile(times.slice(20), 0.5);
}

/** The load generator's process: an order as JSON on stdin, the result as JSON on stdout. */
import { text } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import { quantile } from "@bedplate/testkit";
import { Connection } from "./connection.ts";
import { cpuMsOf } from "./cpu-time.ts";
import type { LoadPlan, LoadResult } from "./load.ts";

interface Order {
  readonly url: string;
  readonly key: string;
  /** The server's process. */
  readonly pid: number;
  readonly plan: LoadPlan;
}

/** How long to wait for queued runs that never end. */
const drainMs = 120_000;

const { url, key, pid, plan } = JSON.parse(await text(process.stdin)) as Order;
const body = { ...plan.body, ...(plan.mode === "wait" && { wait: true }) };
const connections = Array.from(
  { length: plan.connections },
  () => new Connection(new URL(url), key),
);

await measure(plan.warmUpRuns);
process.stdout.write(JSON.stringify(await measure(plan.runs)));
for (const each of connections) each[Symbol.dispose]();

async function measure(runs: number): Promise<LoadResult> {
  const endedBefore = plan.mode === "queue" ? await endedRuns() : 0;
  const serverCpuMs = cpuMsOf(pid);
  const clientCpuMs = cpuMsOf(process.pid);
  const startedMs = performance.now();
  const latencies: number[] = [];
  let left = runs;
  const drive = async (connection: Connection) => {
    while (left-- > 0) {
      const askedMs = performance.now();
      check(await connection.post("/v1/runs", body));
      latencies.push(performance.now() - askedMs);
    }
  };
  await Promise.all(connections.map(drive));
  const acceptMs = performance.now() - startedMs;
  if (plan.mode === "queue") await drained(endedBefore + runs);
  return {
    runs,
    wallMs: performance.now() - startedMs,
    acceptMs,
    p50Ms: quantile(latencies, 0.5),
    p99Ms: quantile(latencies, 0.99),
    serverCpuMs: cpuMsOf(pid) - serverCpuMs,
    clientCpuMs: cpuMsOf(process.pid) - clientCpuMs,
  };
}

function check(answer: { readonly status: number; readonly body: string }): void {
  const wanted = plan.mode === "wait" ? '"kind":"returned"' : '"phase":"queued"';
  if (answer.status < 300 && answer.body.includes(wanted)) return;
  throw new Error(`A run that did not go well: ${answer.status} ${answer.body}`);
}

async function drained(ended: number): Promise<void> {
  const untilMs = performance.now() + drainMs;
  while ((await endedRuns()) < ended) {
    if (performance.now() > untilMs) throw new Error("Queued runs did not end");
    await sleep(20);
  }
}

/** Runs that returned so far, as the server counts them. */
async function endedRuns(): Promise<number> {
  const [connection] = connections;
  const { body: metrics } = (await connection?.get("/metrics")) ?? { body: "" };
  const line = /^bedplate_runs_total\{[^}]*result="returned"[^}]*\} (\d+)/m.exec(metrics);
  return Number(line?.[1] ?? 0);
}

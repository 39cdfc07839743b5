/**
 * From the request of a small script to its result, in the server over HTTP with one client, and the
 * same script in other engines in a process without a server.
 *
 * Run it with `node bench/snippets.bench.ts [JavaScript rounds] [Python rounds]`.
 */
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { quantile, reportBench } from "@bedplate/testkit";
import { openBenchServer } from "./harness/bench-server.ts";
import { Connection } from "./harness/connection.ts";
import { cpuMsOf } from "./harness/cpu-time.ts";

const [javascriptRounds = 400, pythonRounds = 30] = process.argv.slice(2).map(Number);

/** What the script prints here is the value of its last expression in the peers. */
const javascript = {
  print: "let sum = 0; for (let i = 0; i < 1000; i++) sum += i; console.log(sum)",
  value: "let sum = 0; for (let i = 0; i < 1000; i++) sum += i; sum",
};
const python = { print: "print(sum(range(1000)))", value: "sum(range(1000))" };
const wanted = "499500";

type Row = (string | number)[];

const rows: Row[] = [
  await inServer("javascript", { source: javascript, rounds: javascriptRounds, pauseMs: 0 }),
  inPeer("isolated-vm", { source: javascript, rounds: javascriptRounds }),
  inPeer("quickjs-emscripten", { source: javascript, rounds: javascriptRounds }),
  await inServer("python", { source: python, rounds: pythonRounds, pauseMs: 500 }),
  await inServer("python", { source: python, rounds: pythonRounds, pauseMs: 0 }),
  inPeer("pyodide", { source: python, rounds: 5 }),
];
reportBench("snippets", {
  columns: ["engine", "where", "p50 ms", "p99 ms", "least ms", "rounds", "CPU ms/run"],
  rows,
  notes: [
    "In the server: HTTP, authentication, policy, metered guest, receipt and a durable commit. In process: a fresh engine and the script, without any of that. CPU time is the server process's, without the processes that Python guests have; a pause lets their warm pool fill up again.",
  ],
});

interface Job {
  readonly source: { readonly print: string; readonly value: string };
  readonly rounds: number;
}

async function inServer(slot: string, job: Job & { readonly pauseMs: number }): Promise<Row> {
  const { source, rounds, pauseMs } = job;
  await using server = await openBenchServer({ slots: [slot] });
  using connection = new Connection(server.url, server.key);
  const body = { slot, artifact: { text: source.print }, wait: true };
  const times: number[] = [];
  const warmUps = Math.ceil(rounds / 10);
  let cpuMs = 0;
  for (let i = -warmUps; i < rounds; i++) {
    if (i === 0) cpuMs = cpuMsOf(server.pid);
    await sleep(pauseMs);
    const startedMs = performance.now();
    const answer = await connection.post("/v1/runs", body);
    if (i >= 0) times.push(performance.now() - startedMs);
    const { usage } = JSON.parse(answer.body) as {
      readonly usage?: { readonly outputBytes: number };
    };
    if (usage?.outputBytes !== wanted.length + 1) throw new Error(answer.body);
  }
  const where = pauseMs > 0 ? `server, ${pauseMs} ms apart` : "server, back to back";
  return row([slot, where], { times, cpuMs: (cpuMsOf(server.pid) - cpuMs) / rounds });
}

function inPeer(name: string, { source, rounds }: Job): Row {
  const main = join(import.meta.dirname, "harness/peer-main.ts");
  // isolated-vm needs a Node that was not started from its snapshot.
  const args = ["--no-node-snapshot", main, name, String(rounds), source.value, wanted];
  const { stdout, stderr } = spawnSync(process.execPath, args, { encoding: "utf8" });
  const line = stdout.trim().split("\n").at(-1) ?? "";
  if (!line.startsWith("[")) {
    process.stderr.write(stderr);
    return [name, "not measured here", "", "", "", 0, ""];
  }
  return row([name, "in process, fresh engine"], { times: JSON.parse(line) as number[] });
}

function row(
  names: readonly string[],
  measured: { readonly times: readonly number[]; readonly cpuMs?: number | undefined },
): Row {
  const { times, cpuMs } = measured;
  const figures = [quantile(times, 0.5), quantile(times, 0.99), Math.min(...times), times.length];
  return [...names, ...figures, cpuMs ?? ""];
}

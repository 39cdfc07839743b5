/**
 * A Python snippet from a warm pool, through the contract's gate; cold starts; and CPython raw
 * against metered. Run: node environments/python/bench/snippet.bench.ts [runs]
 */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { compileMetered } from "@bedplate/wasm-module";
import { rewriteOptions } from "../src/channel/rewrite-options.ts";
import { loadEngine } from "../src/host/engine.ts";
import { GuestProcess } from "../src/host/guest-process.ts";
import { PythonRig } from "../test/python-rig.ts";

const runs = Number(process.argv[2] ?? 60);
const print = (line: string) => process.stdout.write(`${line}\n`);

async function timed<T>(work: () => Promise<T> | T): Promise<[T, number]> {
  const startedAt = performance.now();
  const value = await work();
  return [value, performance.now() - startedAt];
}

function at(sorted: readonly number[], part: number): string {
  return (sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0).toFixed(1);
}

function row(name: string, samples: readonly number[]): string {
  const sorted = [...samples].sort((a, b) => a - b);
  return `| ${name} | ${at(sorted, 0)} | ${at(sorted, 0.5)} | ${at(sorted, 0.99)} | ${sorted.length} |`;
}

const [engine, makeMs] = await timed(() => loadEngine());
print(`engine made in ${makeMs.toFixed(0)} ms, ${(engine.length / 2 ** 20).toFixed(1)} MiB`);

const starts: number[] = [];
for (let i = 0; i < 5; i++) {
  const [guest, ms] = await timed(async () => {
    const started = new GuestProcess({ program: "guest" });
    await started.sendRaw([engine]);
    return started;
  });
  starts.push(ms);
  guest.kill();
}

const snippet = 'print("hello", sum(i * i for i in range(100)))';
await using rig = await PythonRig.open({ warmProcesses: 2, keptProcesses: 4 });
const instance = await rig.start(snippet);
const [again, whole, session]: [number[], number[], number[]] = [[], [], []];
for (let i = 0; i < runs; i++) again.push((await timed(() => rig.run("", { instance })))[1]);
for (let i = 0; i < runs; i++) whole.push((await timed(() => rig.run(snippet)))[1]);
const context = await rig.start("", { session: true });
for (let i = 0; i < runs; i++) {
  const options = { instance: context, entry: "eval", args: ["1 + 1"] };
  session.push((await timed(() => rig.run("", options)))[1]);
}
print("\n| milliseconds | min | p50 | p99 | runs |\n|---|---|---|---|---|");
print(row("start of a process, engine made", starts));
print(row("snippet: create, start, run, stop, release", whole));
print(row("snippet: run in an instance", again));
print(row("snippet: run in a session", session));

const scripts: Readonly<Record<string, string>> = {
  loop: "t = 0\nfor i in range(400_000): t += i & 7",
  calls: "def f(n): return n if n < 2 else f(n - 1) + f(n - 2)\nf(24)",
  text: "s = ','.join(str(i) for i in range(60_000)); sum(map(len, s.split(',')))",
  dicts: "d = {}\nfor i in range(100_000): d[i % 977] = d.get(i % 977, 0) + i",
  floats: "import math\nsum(math.sin(i * 0.1) * i for i in range(120_000))",
  json: "import json\nfor i in range(12): json.loads(json.dumps([{'a': i, 'b': [1.5] * 50}] * 100))",
};
print("\n| script | raw ms | metered ms | ratio |\n|---|---|---|---|");
const { compareMeters } = await import("./compare-meters.ts");
const bytes = readFileSync(fileURLToPath(import.meta.resolve("pyodide/pyodide.asm.wasm")));
const rewritten = compileMetered(bytes, rewriteOptions).rewritten;
let product = 1;
for (const { name, rawMs, meteredMs } of compareMeters(bytes, { rewritten, scripts })) {
  product *= meteredMs / rawMs;
  print(
    `| ${name} | ${rawMs.toFixed(1)} | ${meteredMs.toFixed(1)} | ${(meteredMs / rawMs).toFixed(2)} |`,
  );
}
print(`| geomean | | | ${(product ** (1 / Object.keys(scripts).length)).toFixed(2)} |`);

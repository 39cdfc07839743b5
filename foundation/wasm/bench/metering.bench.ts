/**
 * What metering costs at run time: each kernel raw and metered, in turns, in one process. Prints a
 * Markdown table. `node metering.bench.ts [rounds] [kernel]`.
 */
import { existsSync, readFileSync } from "node:fs";
import { cpus } from "node:os";
import { engine, type RewriteOptions, rewriteModule } from "../src/index.ts";
import { MeteredInstance } from "../src/run/metered-instance.ts";

const kernels: readonly (readonly [name: string, argument: number])[] = [
  ["sha256", 40],
  ["matmul", 8],
  ["quicksort", 1],
  ["nbody", 40_000],
  ["json", 20],
  ["interpreter", 60_000],
  ["mandelbrot", 150],
  ["pointer-chase", 600_000],
  ["xorshift", 4_000_000],
  ["sieve", 3],
  ["crc32", 40],
  ["tree", 3],
  ["fib", 30],
];

const columns: readonly (readonly [title: string, options: RewriteOptions])[] = [
  ["fuel+depth", {}],
  ["fuel", { depth: false }],
  ["depth", { fuel: false }],
  ["fuel+depth+NaN", { nan: "canonical" }],
];

interface Subject {
  readonly run: (argument: number) => unknown;
  readonly times: number[];
}

const [roundsText = "15", only] = process.argv.slice(2);
const rounds = Number(roundsText);

function main(): void {
  print(`${process.version}, ${cpus()[0]?.model ?? "unknown processor"}, ${rounds} rounds\n`);
  print(`| kernel | raw ms (median) | ${columns.map(([title]) => title).join(" | ")} |`);
  print(`|---|---|${columns.map(() => "---|").join("")}`);
  const logs = columns.map(() => 0);
  const chosen = kernels.filter(([name]) => only === undefined || only === name);
  for (const [name, argument] of chosen) {
    const subjects = measure(name, argument);
    const raw = subjects[0] as Subject;
    const cells = subjects.slice(1).map((each, index) => {
      const ratio = lowest(each.times) / lowest(raw.times);
      logs[index] = (logs[index] ?? 0) + Math.log(ratio);
      return `${ratio.toFixed(2)} (${(median(each.times) / median(raw.times)).toFixed(2)})`;
    });
    const base = `${lowest(raw.times).toFixed(2)} (${median(raw.times).toFixed(2)})`;
    print(`| ${name} | ${base} | ${cells.join(" | ")} |`);
  }
  const means = logs.map((sum) => Math.exp(sum / chosen.length).toFixed(3));
  print(`| **geometric mean** | | ${means.join(" | ")} |`);
  if (only === undefined) rewriting();
}

function measure(name: string, argument: number): readonly Subject[] {
  const bytes = readFileSync(new URL(`kernels/${name}.wasm`, import.meta.url));
  const raw = new engine.Instance(new engine.Module(bytes));
  const subjects: Subject[] = [subject(raw.exports["run"])];
  for (const [, options] of columns) subjects.push(subject(metered(bytes, options)));
  const answers = subjects.map((each) => each.run(argument));
  if (answers.some((each) => each !== answers[0])) throw new Error(`${name} differs`);
  warmUp(subjects, argument);
  for (let round = 0; round < rounds; round++) {
    for (const each of subjects) {
      const start = performance.now();
      each.run(argument);
      each.times.push(performance.now() - start);
    }
  }
  return subjects;
}

/** Lets the optimizing compiler finish; it works in the background. */
function warmUp(subjects: readonly Subject[], argument: number): void {
  for (const each of subjects) {
    const until = performance.now() + 150;
    while (performance.now() < until) each.run(argument);
  }
}

function metered(bytes: Uint8Array, options: RewriteOptions): unknown {
  const rewritten = rewriteModule(bytes, options);
  const instance = new engine.Instance(new engine.Module(rewritten.bytes));
  const meters = new MeteredInstance(instance, rewritten);
  meters.allow({});
  return (argument: number) => {
    const end = meters.call("run", argument);
    if (end.kind !== "returned") throw new Error(`The kernel ended: ${end.kind}`);
    return end.value;
  };
}

function subject(run: unknown): Subject {
  return { run: run as Subject["run"], times: [] };
}

/** Time and growth of rewriting, on two large programs, where they are installed. */
function rewriting(): void {
  print("\n| program | MiB | rewriting ms | ms/MiB | growth |\n|---|---|---|---|---|");
  for (const path of ["quickjs-wasi/quickjs.wasm", "pyodide/pyodide.asm.wasm"]) {
    const url = new URL(`../../../node_modules/${path}`, import.meta.url);
    if (!existsSync(url)) continue;
    const bytes = readFileSync(url);
    const times: number[] = [];
    let size = 0;
    for (let round = 0; round < 6; round++) {
      const start = performance.now();
      size = rewriteModule(bytes).bytes.length;
      times.push(performance.now() - start);
    }
    const mebibytes = bytes.length / 2 ** 20;
    const best = lowest(times);
    const cells = [mebibytes, best, best / mebibytes, size / bytes.length];
    print(`| ${path.split("/")[0]} | ${cells.map((cell) => cell.toFixed(2)).join(" | ")} |`);
  }
}

function lowest(times: readonly number[]): number {
  return Math.min(...times);
}

function median(times: readonly number[]): number {
  return [...times].sort((a, b) => a - b)[times.length >> 1] as number;
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

main();

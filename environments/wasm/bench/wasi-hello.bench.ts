/**
 * A fresh WASI program that prints one line: compiled once, then per run a new instance, a new
 * file system and the run itself. Compared with `node:wasi` in the same process.
 *
 * Run it with `node environments/wasm/bench/wasi-hello.bench.ts`.
 */
import { closeSync, openSync, readFileSync } from "node:fs";
import { devNull } from "node:os";
import { join } from "node:path";
import { WASI } from "node:wasi";
import { reportBench } from "@bedplate/testkit";
import { compileMetered, type EngineMemory, engine } from "@bedplate/wasm-module";
import { createWasi } from "../src/wasi/create-wasi.ts";
import { createVirtualClock } from "../src/wasi/wasi-clock.ts";

const rounds = 15;
const runsPerRound = 400;

const program = join(import.meta.dirname, "../../../examples/hello.wasm");
const module = new engine.Module(readFileSync(program));
const nowhere = openSync(devNull, "w");

let written = 0;

function runOurs(): void {
  let memory = emptyMemory;
  const wasi = createWasi({
    memory: () => memory,
    args: ["hello"],
    clock: createVirtualClock({ startMs: 0 }),
    random: (count) => new Uint8Array(count),
    onOutput(_, bytes) {
      written += bytes.length;
      return undefined;
    },
  });
  const instance = new engine.Instance(module, wasi.imports);
  memory = instance.exports["memory"] as EngineMemory;
  wasi.run(instance.exports["_start"] as () => void);
}

const metered = compileMetered(readFileSync(program), { nan: "canonical" });

function runOursMetered(): void {
  let memory = emptyMemory;
  const wasi = createWasi({
    memory: () => memory,
    args: ["hello"],
    clock: createVirtualClock({ startMs: 0 }),
    random: (count) => new Uint8Array(count),
    onOutput(_, bytes) {
      written += bytes.length;
      return undefined;
    },
  });
  const instance = metered.instantiate(wasi.imports);
  memory = instance.exports["memory"] as EngineMemory;
  instance.allow({ fuel: 1_000_000n });
  wasi.run(() => {
    instance.start();
    instance.call("_start");
  });
}

function runNodeWasi(): void {
  const wasi = new WASI({
    version: "preview1",
    args: ["hello"],
    stdout: nowhere,
    returnOnExit: true,
  });
  const instance = new engine.Instance(module, {
    wasi_snapshot_preview1: wasi.wasiImport,
  });
  wasi.start(instance);
}

function createOnly(): void {
  createWasi({
    memory: () => emptyMemory,
    args: ["hello"],
    clock: createVirtualClock({ startMs: 0 }),
    random: (count) => new Uint8Array(count),
    onOutput: () => undefined,
  });
}

const emptyMemory = new engine.Memory({ initial: 0 });

/** Microseconds of one run: the median over all runs of all rounds, and the least round mean. */
function measure(run: () => void): { readonly medianUs: number; readonly bestMeanUs: number } {
  const times: number[] = [];
  let bestMeanUs = Number.POSITIVE_INFINITY;
  for (let round = 0; round < rounds; round++) {
    const begin = performance.now();
    for (let i = 0; i < runsPerRound; i++) {
      const start = performance.now();
      run();
      times.push((performance.now() - start) * 1000);
    }
    bestMeanUs = Math.min(bestMeanUs, ((performance.now() - begin) * 1000) / runsPerRound);
  }
  times.sort((a, b) => a - b);
  return { medianUs: times[times.length >> 1] ?? Number.NaN, bestMeanUs };
}

function row(name: string, run: () => void): (string | number)[] {
  const { medianUs, bestMeanUs } = measure(run);
  return [name, medianUs, bestMeanUs];
}

const rows = [
  row("createWasi alone", createOnly),
  row("fresh hello, ours", runOurs),
  row("fresh hello, ours, metered", runOursMetered),
  row("fresh hello, node:wasi", runNodeWasi),
];
closeSync(nowhere);
if (written !== 2 * rounds * runsPerRound * 23) throw new Error("a run did not print its line");
reportBench("wasi-hello", {
  columns: ["WASI hello", "median us", "least mean us"],
  rows,
  notes: [`${rounds} rounds of ${runsPerRound} runs.`],
});

/**
 * What one call costs: a raw export, and the same with fuel set, the end named and the fuel read.
 * Also a fresh instance, and a rollback with and without marks of written pages. Nanoseconds,
 * median and lowest of several rounds. `node call.bench.ts`.
 */
import { readFileSync } from "node:fs";
import { compileMetered, engine, type RewriteOptions } from "../src/index.ts";

const bytes = readFileSync(new URL("kernels/fib.wasm", import.meta.url));
const rounds = 15;

function measure(name: string, how: { readonly times: number; readonly run: () => void }): void {
  const { times, run } = how;
  const results: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const start = performance.now();
    for (let left = times; left > 0; left--) run();
    results.push(((performance.now() - start) * 1e6) / times);
  }
  results.sort((a, b) => a - b);
  const [least, middle] = [results[0] ?? 0, results[rounds >> 1] ?? 0];
  process.stdout.write(`| ${name} | ${middle.toFixed(0)} | ${least.toFixed(0)} |\n`);
}

function open(
  options: RewriteOptions,
): ReturnType<ReturnType<typeof compileMetered>["instantiate"]> {
  const instance = compileMetered(bytes, options).instantiate();
  instance.allow({ fuel: 1_000_000n });
  return instance;
}

process.stdout.write("| operation | median ns | lowest ns |\n|---|---|---|\n");
const raw = new engine.Instance(new engine.Module(bytes)).exports["run"] as (n: number) => number;
measure("raw export call", { times: 200_000, run: () => raw(1) });

const metered = open({});
measure("metered: allow, call, read fuel", {
  times: 100_000,
  run: () => {
    metered.allow({ fuel: 1_000_000n });
    metered.call("run", 1);
    metered.fuelUsed;
  },
});

const plain = new engine.Module(bytes);
measure("fresh raw instance", { times: 300, run: () => void new engine.Instance(plain) });
const module = compileMetered(bytes, {});
measure("fresh metered instance", { times: 300, run: () => void module.instantiate() });

for (const dirtyPages of [false, true]) {
  const instance = open({ exportState: true, dirtyPages });
  const saved = instance.save();
  measure(
    `call and rollback, ${saved.memoryBytes >> 10} KiB${dirtyPages ? ", marked pages" : ""}`,
    {
      times: 5_000,
      run: () => {
        instance.call("run", 1);
        instance.restore(saved);
      },
    },
  );
}

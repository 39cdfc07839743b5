/** What metering costs: five scripts in QuickJS as it is and rewritten, in turn, in one process. */
import { parseArgs } from "node:util";
import { eventBounds } from "@bedplate/environment";
import { compileMetered, type MeteredModule } from "@bedplate/wasm-module";
import { makeBase } from "../src/guest/base-image.ts";
import { GuestEngines } from "../src/guest/guest-engines.ts";
import type { RunPlan } from "../src/guest/run-plan.ts";
import { compileQuickJs, readQuickJs, rewriteQuickJs } from "../src/quickjs/metered-quickjs.ts";
import { benchScripts } from "./scripts.ts";

const { values } = parseArgs({ options: { rounds: { type: "string", default: "15" } } });
const rounds = Number(values.rounds);

function enginesOf(module: MeteredModule): GuestEngines {
  return new GuestEngines(module, makeBase(module));
}

function planOf(source: string): RunPlan {
  return {
    source,
    name: "bench.js",
    isModule: false,
    entry: "main",
    input: { name: "", args: [], env: {}, stdin: new Uint8Array(), files: {} },
    budget: {},
    eventBounds,
    memoryBytesMax: 2 ** 28,
    outputBytesMax: 2 ** 20,
    patienceMs: 60_000,
    profile: "deterministic",
    nowMs: 1_700_000_000_000,
    seed: new Uint8Array(32),
    isSession: false,
  };
}

const cells = new Int32Array(new SharedArrayBuffer(4));

function timeOf(
  engines: GuestEngines,
  plan: RunPlan,
): { readonly ms: number; readonly fuel: number } {
  const start = performance.now();
  const { outcome, usage } = engines.run(plan, { cells, onEvent: () => {} });
  if (outcome.kind !== "returned") throw new Error(`The script ended by ${outcome.kind}`);
  return { ms: performance.now() - start, fuel: usage.fuel };
}

const raw = enginesOf(compileMetered(readQuickJs(), { fuel: false, depth: false }));
const metered = enginesOf(compileQuickJs(rewriteQuickJs()));
let product = 1;
process.stdout.write("| script | raw ms | metered ms | ratio | Gfuel/s |\n|---|---|---|---|---|\n");
for (const [name, source] of Object.entries(benchScripts)) {
  const plan = planOf(source);
  const best = { raw: Number.POSITIVE_INFINITY, metered: Number.POSITIVE_INFINITY, fuel: 0 };
  for (let i = 0; i < rounds; i++) {
    best.raw = Math.min(best.raw, timeOf(raw, plan).ms);
    const { ms, fuel } = timeOf(metered, plan);
    best.metered = Math.min(best.metered, ms);
    best.fuel = fuel;
  }
  const ratio = best.metered / best.raw;
  product *= ratio;
  const speed = best.fuel / best.metered / 1e6;
  process.stdout.write(
    `| ${name} | ${best.raw.toFixed(1)} | ${best.metered.toFixed(1)} | ${ratio.toFixed(2)} | ${speed.toFixed(2)} |\n`,
  );
}
const geomean = product ** (1 / Object.keys(benchScripts).length);
process.stdout.write(`| geomean (least of ${rounds}) | | | ${geomean.toFixed(2)} | |\n`);

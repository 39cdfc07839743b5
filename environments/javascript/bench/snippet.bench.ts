/**
 * From a snippet's start to its result, in process and behind the gate, and beside it the same
 * snippet in other engines where they are found.
 *
 *   node bench/snippet.bench.ts [--runs 500] [--peers FOLDER]
 *
 * FOLDER is one with `node_modules` that may hold isolated-vm and quickjs-emscripten.
 */
import { createRequire } from "node:module";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { openRig } from "../test/rig.ts";

const { values } = parseArgs({
  options: { runs: { type: "string", default: "500" }, peers: { type: "string" } },
});
const runs = Number(values.runs);
const snippets: Readonly<Record<string, string>> = {
  tiny: "function main() { return 1 + 1; }",
  list: `function main() {
    return Array.from({ length: 1000 }, (_, i) => i * i).filter((each) => each % 3 === 0).length;
  }`,
};

async function measure(
  run: () => unknown,
): Promise<{ readonly p50: number; readonly p99: number }> {
  for (let i = 0; i < 50; i++) await run();
  const times: number[] = [];
  for (let i = 0; i < runs; i++) {
    const start = performance.now();
    await run();
    times.push(performance.now() - start);
  }
  times.sort((a, b) => a - b);
  return { p50: times[Math.floor(runs / 2)] ?? 0, p99: times[Math.floor(runs * 0.99)] ?? 0 };
}

function report(name: string, result: { readonly p50: number; readonly p99: number }): void {
  process.stdout.write(`| ${name} | ${result.p50.toFixed(3)} | ${result.p99.toFixed(3)} |\n`);
}

/** A module of the folder of peers; undefined, with a word about it, where it is not there. */
function peer(name: string): unknown {
  if (values.peers === undefined) return undefined;
  try {
    return createRequire(join(values.peers, "package.json"))(name);
  } catch (error) {
    process.stdout.write(
      `| ${name} is not there: ${(error as Error).message.split("\n")[0]} | | |\n`,
    );
    return undefined;
  }
}

interface Isolate {
  createContext(): Promise<{ eval(code: string): Promise<unknown> }>;
  dispose(): void;
}

async function measureIsolate(source: string): Promise<void> {
  const found = peer("isolated-vm") as
    | { readonly Isolate: new (options: object) => Isolate }
    | undefined;
  if (found === undefined) return;
  const run = async () => {
    const isolate = new found.Isolate({ memoryLimit: 32 });
    const context = await isolate.createContext();
    await context.eval(`${source}; main()`);
    isolate.dispose();
  };
  report("isolated-vm, an isolate for each run", await measure(run));
}

interface EmscriptenEngine {
  newContext(): { evalCode(code: string): { dispose?: () => void }; dispose(): void };
}

async function measureEmscripten(source: string): Promise<void> {
  const found = peer("quickjs-emscripten") as
    | { readonly getQuickJS: () => Promise<EmscriptenEngine> }
    | undefined;
  if (found === undefined) return;
  const engine = await found.getQuickJS();
  const run = () => {
    const context = engine.newContext();
    context.evalCode(`${source}; main()`).dispose?.();
    context.dispose();
  };
  report("quickjs-emscripten, a context for each run (one heap, no meter)", await measure(run));
}

const opening = performance.now();
await using rig = await openRig();
process.stdout.write(`opened in ${(performance.now() - opening).toFixed(0)} ms\n\n`);
process.stdout.write("| engine | p50 ms | p99 ms |\n|---|---|---|\n");
for (const [name, source] of Object.entries(snippets)) {
  const program = await rig.instance(`${source}; main()`);
  const budget = { fuel: 1e9, memoryBytes: 2 ** 25, wallMs: 1000 };
  report(`bedplate javascript: ${name}`, await measure(() => rig.run(program, { budget })));
  await measureIsolate(source);
  await measureEmscripten(source);
}

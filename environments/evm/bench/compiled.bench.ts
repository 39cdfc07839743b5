/**
 * Messages on compiled code, beside the interpreter of the same engine, ethereumjs, and revm (in anvil, over
 * `eth_call`, less what a call of an empty contract takes there). CPU time of a call, the median of some
 * rounds; the engines take turns. Gas is compared with ethereumjs.
 *
 *   node bench/compiled.bench.ts [--rounds 5] [--run REGEX] [--without-reference]
 *
 * Programs are state tests in `evm/bench` of the folder that BEDPLATE_VECTORS names. Anvil takes part where
 * it is installed: `npm install --no-save @foundry-rs/anvil-linux-amd64`, or BEDPLATE_ANVIL names it.
 */
import { parseArgs } from "node:util";
import { engine } from "@bedplate/wasm-module";
import { compileCode } from "../src/compile/compile-code.ts";
import { portableCrypto } from "../src/crypto/index.ts";
import { instructionSetOf } from "../src/instructions/instruction-set.ts";
import { CompiledEngine } from "../src/machine/compiled-engine.ts";
import { ReferenceMessages } from "../src/reference/reference-messages.ts";
import { type Anvil, findAnvil, openAnvil } from "./anvil.ts";
import { type Program, readPrograms } from "./program.ts";

const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "5" },
    run: { type: "string", default: "." },
    "without-reference": { type: "boolean", default: false },
  },
});
const rounds = Number(values.rounds);
/** The five contracts whose geometric mean counts; the others are loops of one instruction. */
const contracts = /^(snailtracer|ten-thousand-hashes|erc20-)/;
/** Calls of another contract before a first call is measured. */
const callsBefore = 20;
/** V8 removes most of the work of these. */
const leftOut = /^loop-(cmp|jump)/;
/** A round calls so often that it takes about this long. */
const roundMs = 150;

const crypto = portableCrypto;
const programs = readPrograms(new RegExp(values.run)).filter(({ name }) => !leftOut.test(name));
const path = findAnvil();
if (path === undefined) process.stderr.write("anvil is not there: its column stays empty\n");
await using anvil = path === undefined ? undefined : await openAnvil(path);
const reference = new ReferenceMessages(crypto);
const compiled = new CompiledEngine({ crypto, tierOne: "immediate" });
const interpreter = new CompiledEngine({ crypto, tierOne: "off" });
const baselineMs = anvil === undefined ? 0 : await baselineOf(anvil);

const ratios: { readonly name: string; readonly reference: number; readonly anvil: number }[] = [];
print([
  "program",
  "gas",
  "ethereumjs ms",
  "anvil ms",
  "tier 0 ms",
  "compiled ms",
  "Mgas/s",
  "x ethereumjs",
  "x anvil",
]);
print(["---", ...Array.from({ length: 8 }, () => "---:")]);
for (const program of programs) await compare(program);
printMeans();
process.stdout.write("\n");
print([
  "contract",
  "bytes",
  "steps",
  "Wasm bytes",
  "growth",
  "emit ms",
  "module ms",
  "first call ms",
  "of tier 0 ms",
]);
print(["---", ...Array.from({ length: 8 }, () => "---:")]);
for (const program of programs.filter(({ name }) => contracts.test(name))) compileCost(program);

async function compare(program: Program): Promise<void> {
  const { name, message, context } = program;
  const gas = message.gas - compiled.execute(message, context).gasLeft;
  await anvil?.setCodes(program);
  const calls = {
    compiled: () => void compiled.execute(message, context),
    interpreter: () => void interpreter.execute(message, context),
    anvil: anvil === undefined ? undefined : async () => await anvil.call(program),
  };
  const counts = {
    compiled: await warmUp(calls.compiled),
    interpreter: await warmUp(calls.interpreter),
    anvil: calls.anvil === undefined ? 0 : await warmUp(calls.anvil),
  };
  const times = { compiled: [], interpreter: [], anvil: [], reference: [] } as Record<
    string,
    number[]
  >;
  for (let round = 0; round < rounds; round++) {
    times["compiled"]?.push(await cpuOf(calls.compiled, counts.compiled));
    times["interpreter"]?.push(await cpuOf(calls.interpreter, counts.interpreter));
    if (anvil !== undefined && calls.anvil !== undefined) {
      const cpuMs = () => anvil.cpuMs();
      times["anvil"]?.push((await cpuOf(calls.anvil, counts.anvil, cpuMs)) - baselineMs);
    }
    if (round === 0 && !values["without-reference"]) {
      times["reference"]?.push(await cpuOf(async () => await checkGas(program, gas), 1));
    }
  }
  const own = median(times["compiled"]);
  const ratio = {
    reference: median(times["reference"]) / own,
    anvil: median(times["anvil"]) / own,
  };
  ratios.push({ name, ...ratio });
  print([
    name,
    gas.toLocaleString("en"),
    shown(median(times["reference"]), 0),
    shown(median(times["anvil"]), 2),
    shown(median(times["interpreter"]), 2),
    shown(own, 2),
    shown(Number(gas) / own / 1_000, 0),
    shown(ratio.reference, 0),
    shown(ratio.anvil, 2),
  ]);
}

async function checkGas({ name, message, context }: Program, gas: bigint): Promise<void> {
  const { gasLeft } = await reference.execute(message, context);
  if (message.gas - gasLeft !== gas)
    throw new Error(`${name}: ${gas} and ${message.gas - gasLeft} gas`);
}

/** Runs until V8 has compiled what is hot; answers how many calls make a round. */
async function warmUp(call: () => void | Promise<void>): Promise<number> {
  const startedAt = performance.now();
  let count = 0;
  while (count < 8 || performance.now() - startedAt < 4 * roundMs) {
    await call();
    count++;
  }
  return Math.max(1, Math.round((count * roundMs) / (performance.now() - startedAt)));
}

async function cpuOf(
  call: () => void | Promise<void>,
  count: number,
  cpuMs: () => number = ownCpuMs,
): Promise<number> {
  const before = cpuMs();
  for (let index = 0; index < count; index++) await call();
  return (cpuMs() - before) / count;
}

function ownCpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
}

async function baselineOf(node: Anvil): Promise<number> {
  const [first] = programs;
  if (first === undefined) return 0;
  const call = async () =>
    await node.call({ ...first, message: { ...first.message, to: new Uint8Array(20).fill(9) } });
  const count = await warmUp(call);
  return await cpuOf(call, count * 4, () => node.cpuMs());
}

function compileCost({ name, message, context }: Program): void {
  const account = context.world.account(message.to);
  const code = context.world.code(account?.codeHash ?? new Uint8Array());
  const set = instructionSetOf(context.fork);
  const emit: number[] = [];
  const build: number[] = [];
  let size = { steps: 0, bytes: 0 };
  for (let round = 0; round < rounds; round++) {
    const startedAt = performance.now();
    const written = compileCode(code, set);
    if (written === undefined) return;
    emit.push(performance.now() - startedAt);
    const emittedAt = performance.now();
    new engine.Module(written.wasm);
    build.push(performance.now() - emittedAt);
    size = { steps: written.starts.length, bytes: written.wasm.length };
  }
  print([
    name,
    String(code.length),
    String(size.steps),
    String(size.bytes),
    shown(size.bytes / code.length, 1),
    shown(median(emit), 1),
    shown(median(build), 1),
    ...firstCalls({ name, message, context }).map((each) => shown(each, 1)),
  ]);
}

type Called = Pick<Program, "name" | "message" | "context">;

/** Wall time of a contract's first call, with compilation in the background and without: the least of some. */
function firstCalls(called: Called): readonly [number, number] {
  const least = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY] as [number, number];
  for (let round = 0; round < rounds; round++) {
    least[0] = Math.min(least[0], firstCall("background", called));
    least[1] = Math.min(least[1], firstCall("off", called));
  }
  return least;
}

/** On an engine that has executed another contract for a while: a new one would measure how V8 warms up. */
function firstCall(tierOne: "background" | "off", { name, message, context }: Called): number {
  using engineInUse = new CompiledEngine({ crypto, tierOne });
  const other = programs.find((each) => contracts.test(each.name) && each.name !== name);
  for (let call = 0; call < callsBefore; call++) {
    if (other !== undefined) engineInUse.execute(other.message, other.context);
  }
  const startedAt = performance.now();
  engineInUse.execute(message, context);
  return performance.now() - startedAt;
}

function printMeans(): void {
  const chosen = ratios.filter(({ name }) => contracts.test(name));
  const mean = (of: (each: (typeof ratios)[number]) => number) =>
    Math.exp(chosen.reduce((sum, each) => sum + Math.log(of(each)), 0) / chosen.length);
  const cells = [
    shown(
      mean((each) => each.reference),
      0,
    ),
    shown(
      mean((each) => each.anvil),
      2,
    ),
  ];
  print(["**geometric mean of the contracts**", "", "", "", "", "", "", ...cells]);
}

function median(times: readonly number[] = []): number {
  return [...times].sort((a, b) => a - b)[Math.floor(times.length / 2)] ?? Number.NaN;
}

function shown(value: number, digits: number): string {
  return Number.isFinite(value) ? value.toFixed(digits) : "-";
}

function print(cells: readonly string[]): void {
  process.stdout.write(`| ${cells.join(" | ")} |\n`);
}

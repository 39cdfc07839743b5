import { randomInt } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  type Command,
  countOption,
  type Invocation,
  textOption,
  textOptions,
  wordOption,
} from "../command.ts";
import { exitCodes } from "../exit-codes.ts";

type Tools = typeof import("@bedplate/environment-evm/tools");
type Difference = import("@bedplate/environment-evm/tools").Difference;

const casesDefault = 1_000;
/** Where only --minutes says how long. */
const casesMax = 2 ** 32;

export const evmDiff: Command = {
  name: "evm diff",
  summary: "Run random tests on both EVM engines and compare; keep what differs, made small",
  operands: "",
  options: {
    seed: { type: "string" },
    cases: { type: "string" },
    from: { type: "string" },
    garbage: { type: "string" },
    mutate: { type: "string", multiple: true },
    tier: { type: "string" },
    minutes: { type: "string" },
    every: { type: "string" },
    out: { type: "string" },
  },
  optionHelp: {
    seed: "the seed; a random one is chosen and printed (default)",
    cases: `how many cases (default: ${casesDefault})`,
    from: "number of the first case (default: 0)",
    garbage:
      "instead: run so many random bytes as code, in a transaction and alone, and as transactions on the compiled engine",
    mutate:
      "state tests to change, .json or .jsonl, may be gzipped; half of the cases are then such",
    tier: "what the compiled engine does: background (default), immediate or off",
    minutes: "begin no further case after so many minutes",
    every: "write a line to standard error after so many cases: how fast it goes, memory in use",
    out: "folder for tests that differ (default: .)",
  },
  async run(invocation) {
    const tools = await import("@bedplate/environment-evm/tools");
    const seed = countOption(invocation, "seed") ?? randomInt(2 ** 32);
    const garbage = countOption(invocation, "garbage");
    if (garbage !== undefined) return runGarbage(tools, { invocation, seed, count: garbage });
    return compare(tools, { invocation, seed });
  },
};

interface Work {
  readonly invocation: Invocation;
  readonly seed: number;
}

async function compare(tools: Tools, { invocation, seed }: Work): Promise<number> {
  const tierOne = wordOption(invocation, "tier", { words: ["background", "immediate", "off"] });
  using left = await tools.openEngine("compiled", { tierOne });
  using right = await tools.openEngine("reference");
  const examples = await examplesOf(tools, invocation);
  const ends: Record<string, number> = {};
  const files: string[] = [];
  const minutes = countOption(invocation, "minutes");
  const progress = new Progress(invocation);
  const differences = tools.findDifferences({
    left,
    right,
    seed,
    from: countOption(invocation, "from") ?? 0,
    count: countOption(invocation, "cases") ?? (minutes === undefined ? casesDefault : casesMax),
    examples,
    signal: invocation.signal,
    isOver: () => minutes !== undefined && progress.ms >= minutes * 60_000,
    onCase: ({ kind, status, step }) => {
      ends[`${kind} ${status}`] = (ends[`${kind} ${status}`] ?? 0) + 1;
      if (step === 0) progress.next(files.length);
    },
  });
  for await (const each of differences) files.push(keep(each, { invocation, seed }));
  const { terminal } = invocation;
  const { cases } = progress;
  const transactions = Object.values(ends).reduce((sum, count) => sum + count, 0);
  if (terminal.isJson)
    terminal.out(`${JSON.stringify({ seed, cases, transactions, ends, files }, null, 2)}\n`);
  else {
    for (const [end, count] of Object.entries(ends).sort()) terminal.out(`${end}: ${count}\n`);
    terminal.out(
      `seed ${seed}: ${files.length} of ${cases} cases differ, ${transactions} transactions\n`,
    );
  }
  return files.length > 0 ? exitCodes.failure : exitCodes.success;
}

/** Tells of a long comparison while it runs. */
class Progress {
  readonly #startedAt = performance.now();
  readonly #invocation: Invocation;
  cases = 0;

  constructor(invocation: Invocation) {
    this.#invocation = invocation;
  }

  get ms(): number {
    return performance.now() - this.#startedAt;
  }

  next(differing: number): void {
    const every = countOption(this.#invocation, "every") ?? 0;
    if (++this.cases % every !== 0) return;
    const { heapUsed, rss } = process.memoryUsage();
    const [seconds, heapMiB, residentMiB] = [this.ms / 1_000, heapUsed / 2 ** 20, rss / 2 ** 20];
    this.#invocation.terminal.err(
      `${this.cases} cases, ${differing} differ; ${seconds.toFixed(0)} s, ` +
        `heap ${heapMiB.toFixed(0)} MiB, resident ${residentMiB.toFixed(0)} MiB\n`,
    );
  }
}

async function examplesOf(tools: Tools, invocation: Invocation) {
  const read = textOptions(invocation, "mutate").map((path) => tools.readExamples(path));
  return (await Promise.all(read)).flat();
}

/** Writes a state test whose expected end is the reference engine's; answers its path. */
function keep(found: Difference, { invocation, seed }: Work): string {
  const folder = textOption(invocation, "out") ?? ".";
  mkdirSync(folder, { recursive: true });
  const name = `evm-diff-${seed}-${found.index}`;
  const path = join(folder, `${name}.json`);
  const { test, members, left, right } = found;
  const { index, step } = found;
  const _info = { differs: members, compiled: left, reference: right, seed, case: index, step };
  writeFileSync(path, `${JSON.stringify({ [name]: { _info, ...test } }, null, 2)}\n`);
  if (!invocation.terminal.isJson) {
    invocation.terminal.out(`DIFF ${path} (${found.fork}): ${members.join(", ")}\n`);
  }
  return path;
}

async function runGarbage(
  tools: Tools,
  { invocation, seed, count }: Work & { readonly count: number },
): Promise<number> {
  using engine = await tools.openEngine("compiled", { tierOne: "off" });
  const options = { engine, seed, count, signal: invocation.signal };
  const code = await tools.runGarbageCode(options);
  const messages = await tools.runGarbageMessages(options);
  const transactions = await tools.runGarbageTransactions(options);
  const { terminal } = invocation;
  if (terminal.isJson) {
    terminal.out(`${JSON.stringify({ seed, count, code, messages, transactions }, null, 2)}\n`);
  } else {
    for (const [what, { ends, faults }] of Object.entries({ code, messages, transactions })) {
      const counts = Object.entries(ends).map(([end, times]) => `${times} ${end}`);
      terminal.out(`${what}: ${counts.join(", ")}; ${faults.length} wrong\n`);
      for (const { index, problem } of faults) terminal.out(`WRONG ${what} ${index}: ${problem}\n`);
    }
    terminal.out(`seed ${seed}: ${count} of each\n`);
  }
  const wrong = [code, messages, transactions].reduce((sum, each) => sum + each.faults.length, 0);
  return wrong > 0 ? exitCodes.failure : exitCodes.success;
}

import { raise } from "@bedplate/errors";
import { type Command, countOption, type Invocation, isSet } from "../command.ts";
import { exitCodes } from "../exit-codes.ts";
import { readJson } from "../read-input.ts";
import { print, table } from "../terminal.ts";
import { UsageError } from "../usage-error.ts";

type Tools = typeof import("@bedplate/environment-evm/tools");
type Row = import("@bedplate/environment-evm/tools").BenchRow;

const roundsDefault = 5;
const roundsMax = 1_000;

export const evmBench: Command = {
  name: "evm bench",
  summary: "Measure the calls of state tests on both EVM engines, in CPU time",
  operands: "[FILE...]",
  options: { rounds: { type: "string" }, "no-reference": { type: "boolean" } },
  optionHelp: {
    rounds: `measured calls per program and engine (default: ${roundsDefault}); the reference has one`,
    "no-reference": "leave the reference out: it takes some hundred times as long",
  },
  async run(invocation) {
    const files = invocation.positionals;
    if (files.length === 0) throw new UsageError("a state test is missing");
    const rounds = countOption(invocation, "rounds") ?? roundsDefault;
    if (rounds < 1 || rounds > roundsMax)
      throw new UsageError(`--rounds is from 1 to ${roundsMax}`);
    const tools = await import("@bedplate/environment-evm/tools");
    const programs: Row[] = [];
    for (const file of files) {
      programs.push(...(await benchFile(file, { invocation, tools, rounds })));
    }
    print(invocation.terminal, { programs }, wordRows);
    return exitCodes.success;
  },
};

async function benchFile(
  file: string,
  options: {
    readonly invocation: Invocation;
    readonly tools: Tools;
    readonly rounds: number;
  },
): Promise<readonly Row[]> {
  const { invocation, tools, rounds } = options;
  const withReference = !isSet(invocation, "no-reference");
  const rows: Row[] = [];
  try {
    for (const [name, test] of Object.entries(readJson(file) as object)) {
      invocation.signal.throwIfAborted();
      rows.push(await tools.benchTest(name, test, { rounds, withReference }));
    }
  } catch (error) {
    if (!(error instanceof tools.MalformedField)) throw error;
    throw raise("argument.invalid", {
      op: "cli.evm.bench",
      detail: { path: file, rule: error.message },
      message: `Cannot measure ${file}: ${error.message}`,
      cause: error,
    });
  }
  return rows;
}

function wordRows({ programs }: { readonly programs: readonly Row[] }): string {
  const ms = (value: number) => value.toFixed(2);
  const heads = ["PROGRAM", "GAS", "COMPILED", "MGAS/S", "INTERPRETED", "FIRST/TIER 0"];
  return table(
    [...heads, "REFERENCE", "RATIO"],
    programs.map((each) => [
      each.name,
      each.gas,
      ms(each.compiledMs),
      (Number(each.gas) / 1_000 / each.compiledMs).toFixed(0),
      ms(each.interpretedMs),
      (each.firstMs / each.firstInterpretedMs).toFixed(2),
      each.referenceMs === undefined ? "-" : ms(each.referenceMs),
      each.referenceMs === undefined ? "-" : (each.referenceMs / each.compiledMs).toFixed(0),
    ]),
  );
}

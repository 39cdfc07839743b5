import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { TransitionOutput } from "@bedplate/environment-evm/tools";
import { raise } from "@bedplate/errors";
import { type Command, type Invocation, textOption } from "../command.ts";
import { engineOf, engineOption, traceOf, traceOptionHelp, traceOptions } from "../evm/options.ts";
import { exitCodes } from "../exit-codes.ts";
import { readInput, readJson } from "../read-input.ts";

export const evmT8n: Command = {
  name: "evm t8n",
  summary: "Execute a block's transactions: the transition tool of Ethereum's test fillers",
  operands: "",
  options: {
    engine: { type: "string" },
    "input.alloc": { type: "string" },
    "input.env": { type: "string" },
    "input.txs": { type: "string" },
    "output.basedir": { type: "string" },
    "output.alloc": { type: "string" },
    "output.result": { type: "string" },
    "output.body": { type: "string" },
    "state.fork": { type: "string" },
    "state.chainid": { type: "string" },
    "state.reward": { type: "string" },
    ...traceOptions,
  },
  optionHelp: {
    engine: engineOption,
    "input.alloc": "accounts: a JSON file, or stdin (default: alloc.json)",
    "input.env": "the block's environment, likewise (default: env.json)",
    "input.txs": "transactions: JSON, or RLP in a .rlp file (default: txs.json)",
    "output.basedir": "folder of what is written (default: the current one)",
    "output.alloc": "file for the accounts afterwards, stdout or stderr (default: alloc.json)",
    "output.result": "file for roots and receipts, likewise (default: result.json)",
    "output.body": "file for the RLP of the included transactions, likewise",
    "state.fork": "rules to run by (default: Osaka)",
    "state.chainid": "chain id (default: 1)",
    "state.reward": "wei for the coinbase, -1 for none (default: 0)",
    ...traceOptionHelp,
    trace: "write a trace of each transaction to trace-INDEX-HASH.jsonl in the output folder",
  },
  async run(invocation) {
    const tools = await import("@bedplate/environment-evm/tools");
    const label = textOption(invocation, "state.fork") ?? "Osaka";
    const labelled = tools.forkOfLabel(label);
    if (labelled === undefined) {
      throw wrong("state.fork", `${label} is none of ${tools.forkLabels.join(", ")}`);
    }
    const inputs = inputsOf(invocation);
    const traces = new Map<string, string[]>();
    const wish = traceOf(invocation);
    const request = {
      ...inputs,
      labelled,
      chainId: count(invocation, "state.chainid", { tools, other: 1n }),
      reward: rewardOf(invocation, tools),
      tracerOf: (index: number, hash: Uint8Array) => {
        if (wish === undefined) return undefined;
        const lines: string[] = [];
        traces.set(`trace-${index}-0x${Buffer.from(hash).toString("hex")}.jsonl`, lines);
        const write = (line: string) => void lines.push(`${line}\n`);
        return new tools.JsonTracer({ ...wish, write, fork: labelled.fork });
      },
    };
    using engine = await tools.openEngine(engineOf(invocation));
    try {
      writeOutputs(invocation, { output: await tools.transition(request, engine), traces });
    } catch (error) {
      if (error instanceof tools.MalformedField) throw wrong("input", error.message);
      throw error;
    }
    return exitCodes.success;
  },
};

type Tools = typeof import("@bedplate/environment-evm/tools");

function wrong(option: string, problem: string): Error {
  return raise("argument.invalid", {
    op: "cli.evm",
    detail: { path: `/${option}`, rule: "a known form" },
    message: `Cannot use --${option}: ${problem}`,
  });
}

function count(
  invocation: Invocation,
  name: string,
  { tools, other }: { tools: Tools; other: bigint },
): bigint {
  const text = textOption(invocation, name);
  if (text === undefined) return other;
  const number = tools.numberOf(text);
  if (number === undefined || number >> 128n !== 0n) throw wrong(name, `${text} is not a number`);
  return number;
}

function rewardOf(invocation: Invocation, tools: Tools): bigint | undefined {
  if (textOption(invocation, "state.reward") === "-1") return undefined;
  return count(invocation, "state.reward", { tools, other: 0n });
}

/** `stdin` is one object with `alloc`, `env` and `txs`, of which each may come from there. */
function inputsOf(invocation: Invocation): { alloc: unknown; env: unknown; txs: unknown } {
  let stdin: Readonly<Record<string, unknown>> | undefined;
  const read = (name: string): unknown => {
    const path = textOption(invocation, `input.${name}`) ?? `${name}.json`;
    if (path.endsWith(".rlp")) return rlpText(Buffer.from(readInput(path)).toString().trim());
    if (path !== "stdin") return readJson(path);
    stdin ??= readJson("-") as Readonly<Record<string, unknown>>;
    return stdin[name] ?? (name === "txs" ? stdin["txsRlp"] : undefined);
  };
  return { alloc: read("alloc"), env: read("env"), txs: read("txs") };
}

/** Such a file holds the digits, with or without quotation marks. */
function rlpText(text: string): string {
  return text.replaceAll('"', "");
}

function writeOutputs(
  invocation: Invocation,
  { output, traces }: { output: TransitionOutput; traces: ReadonlyMap<string, readonly string[]> },
): void {
  const folder = textOption(invocation, "output.basedir") ?? ".";
  mkdirSync(folder, { recursive: true });
  const streams: { stdout: Record<string, unknown>; stderr: Record<string, unknown> } = {
    stdout: {},
    stderr: {},
  };
  for (const name of ["alloc", "result", "body"] as const) {
    const otherwise = name === "body" ? undefined : `${name}.json`;
    const path = textOption(invocation, `output.${name}`) ?? otherwise;
    if (path === "stdout" || path === "stderr") streams[path][name] = output[name];
    else if (path) writeFileSync(join(folder, path), `${JSON.stringify(output[name], null, 2)}\n`);
  }
  for (const [name, lines] of traces) writeFileSync(join(folder, name), lines.join(""));
  const { terminal } = invocation;
  const has = (object: object): boolean => Object.keys(object).length > 0;
  if (has(streams.stdout)) terminal.out(`${JSON.stringify(streams.stdout, null, 2)}\n`);
  if (has(streams.stderr)) terminal.err(`${JSON.stringify(streams.stderr, null, 2)}\n`);
}

import type { MessageResult } from "@bedplate/environment-evm";
import { raise } from "@bedplate/errors";
import { type Command, type Invocation, isSet, textOption } from "../command.ts";
import { engineOf, engineOption, traceOf, traceOptionHelp, traceOptions } from "../evm/options.ts";
import { exitCodes } from "../exit-codes.ts";
import { readInput, readJson } from "../read-input.ts";
import { print } from "../terminal.ts";
import { UsageError } from "../usage-error.ts";

export const evmRun: Command = {
  name: "evm run",
  summary: "Execute Ethereum bytecode once, without a transaction around it",
  operands: "[CODE]",
  options: {
    engine: { type: "string" },
    fork: { type: "string" },
    experimental: { type: "boolean" },
    codefile: { type: "string" },
    input: { type: "string" },
    inputfile: { type: "string" },
    gas: { type: "string" },
    price: { type: "string" },
    value: { type: "string" },
    sender: { type: "string" },
    receiver: { type: "string" },
    prestate: { type: "string" },
    create: { type: "boolean" },
    ...traceOptions,
  },
  optionHelp: {
    engine: engineOption,
    fork: "rules to run by (default: Osaka)",
    experimental: "also know forks whose rules are not final: Amsterdam, on the reference engine",
    codefile: "file with the code in hexadecimal, - for standard input",
    input: "call data in hexadecimal",
    inputfile: "file with the call data in hexadecimal",
    gas: "gas that the code has (default: 10000000000)",
    price: "gas price in wei (default: 0)",
    value: "wei that are sent along (default: 0)",
    sender: "address of who calls",
    receiver: "address of the code",
    prestate: "JSON file with accounts by address, or a genesis with `alloc`",
    create: "the code is init code",
    ...traceOptionHelp,
  },
  async run(invocation) {
    const tools = await import("@bedplate/environment-evm/tools");
    const label = textOption(invocation, "fork") ?? "Osaka";
    const fork = forkOf(label, { invocation, tools });
    const trace = traceOf(invocation);
    const gas = numberOption(invocation, "gas", { tools, other: 10_000_000_000n });
    if (gas >> 63n !== 0n) throw wrong("gas", "gas is below 2 to the power of 63");
    const run = {
      fork,
      code: codeOf(invocation, tools),
      input: hexOption(invocation, tools),
      gas,
      value: numberOption(invocation, "value", { tools, other: 0n }),
      gasPrice: numberOption(invocation, "price", { tools, other: 0n }),
      sender: addressOption(invocation, "sender", tools),
      to: addressOption(invocation, "receiver", tools),
      isCreation: isSet(invocation, "create"),
      accounts: accountsOf(invocation, tools),
      tracer: trace && new tools.JsonTracer({ ...trace, fork }),
    };
    using engine = await tools.openEngine(engineOf(invocation));
    const result = await tools.runCode(run, engine);
    const end = { output: result.output, gasUsed: gas - result.gasLeft, error: problemOf(result) };
    trace?.write(tools.traceSummary(end));
    print(invocation.terminal, view(end), ({ output, error }) =>
      error === undefined ? output : `${output} error: ${error}`,
    );
    return result.kind === "success" ? exitCodes.success : exitCodes.failure;
  },
};

type Tools = typeof import("@bedplate/environment-evm/tools");

function forkOf(label: string, { invocation, tools }: { invocation: Invocation; tools: Tools }) {
  const isExperimental = isSet(invocation, "experimental");
  const found = tools.forkOfLabel(label, { isExperimental });
  if (found !== undefined) return found.fork;
  const isToBeAsked = tools.forkOfLabel(label, { isExperimental: true }) !== undefined;
  const known = `${label} is none of ${tools.forkLabels.join(", ")}`;
  throw wrong(
    "fork",
    isToBeAsked ? `${label} needs --experimental: its rules are not final` : known,
  );
}

function problemOf(result: MessageResult): string | undefined {
  if (result.kind === "revert") return "execution reverted";
  return result.kind === "success" ? undefined : (result.failure ?? result.kind);
}

function view({
  output,
  gasUsed,
  error,
}: {
  output: Uint8Array;
  gasUsed: bigint;
  error: string | undefined;
}) {
  return { output: `0x${Buffer.from(output).toString("hex")}`, gasUsed: String(gasUsed), error };
}

function wrong(option: string, problem: string): Error {
  return raise("argument.invalid", {
    op: "cli.evm",
    detail: { path: `/${option}`, rule: "a known form" },
    message: `Cannot use --${option}: ${problem}`,
  });
}

function codeOf(invocation: Invocation, tools: Tools): Uint8Array {
  const [operand] = invocation.positionals;
  const file = textOption(invocation, "codefile");
  if (operand !== undefined && file !== undefined) {
    throw new UsageError("CODE and --codefile exclude each other");
  }
  const text = file === undefined ? operand : Buffer.from(readInput(file)).toString().trim();
  const hasAccounts = textOption(invocation, "prestate") !== undefined;
  if (text === undefined && hasAccounts) return new Uint8Array(0);
  if (text === undefined) throw new UsageError("the code is missing");
  const code = tools.bytesOf(text);
  if (code === undefined) throw wrong("codefile", "the code is not hexadecimal");
  return code;
}

function hexOption(invocation: Invocation, tools: Tools): Uint8Array {
  const file = textOption(invocation, "inputfile");
  const read = file && Buffer.from(readInput(file)).toString().trim();
  const bytes = tools.bytesOf(textOption(invocation, "input") ?? read ?? "");
  if (bytes === undefined) throw wrong("input", "it is not hexadecimal");
  return bytes;
}

function numberOption(
  invocation: Invocation,
  name: string,
  { tools, other }: { tools: Tools; other: bigint },
): bigint {
  const text = textOption(invocation, name);
  if (text === undefined) return other;
  const number = tools.numberOf(text);
  if (number === undefined || number >> 256n !== 0n) throw wrong(name, `${text} is not a number`);
  return number;
}

function addressOption(invocation: Invocation, name: string, tools: Tools): Uint8Array {
  const text = textOption(invocation, name);
  const ours = Buffer.from(name.padEnd(20, "\0")).subarray(0, 20);
  if (text === undefined) return Uint8Array.from(ours).reverse();
  const bytes = tools.bytesOf(text);
  if (bytes?.length === 20) return bytes;
  throw wrong(name, `${text} is not an address of 20 bytes`);
}

function accountsOf(invocation: Invocation, tools: Tools) {
  const file = textOption(invocation, "prestate");
  if (file === undefined) return [];
  const json = readJson(file);
  const isGenesis = typeof json === "object" && json !== null && "alloc" in json;
  try {
    return tools.readAlloc(isGenesis ? json.alloc : json, "prestate");
  } catch (error) {
    if (error instanceof tools.MalformedField) throw wrong("prestate", error.message);
    throw error;
  }
}

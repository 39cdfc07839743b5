import type { RunView } from "@bedplate/routes";
import { fromBytesView, type SubmitOptions } from "@bedplate/sdk";
import { budgetOf } from "../amounts.ts";
import {
  type Command,
  type Invocation,
  isSet,
  operandOf,
  textOption,
  textOptions,
} from "../command.ts";
import { type Connection, connect } from "../connect.ts";
import { exitCodeOfRun } from "../exit-codes.ts";
import { type ProgramSource, readSource } from "../program-source.ts";
import { readInput } from "../read-input.ts";
import { slotOf } from "../slot-of.ts";
import { UsageError } from "../usage-error.ts";

export const run: Command = {
  name: "run",
  summary: "Run a program, and print what it writes and its receipt",
  operands: "FILE|DIR|- [ARG...]",
  options: {
    env: { type: "string" },
    entry: { type: "string" },
    arg: { type: "string", multiple: true },
    var: { type: "string", multiple: true },
    stdin: { type: "string" },
    input: { type: "string" },
    fuel: { type: "string" },
    memory: { type: "string" },
    timeout: { type: "string" },
    "output-max": { type: "string" },
    normal: { type: "boolean" },
    "no-receipt": { type: "boolean" },
  },
  optionHelp: {
    env: "environment to run on (default: guessed from the file)",
    entry: "function to call (default: the program itself)",
    arg: "argument, repeatable; what follows -- are arguments too",
    var: "NAME=VALUE of the guest's environment, repeatable",
    stdin: "file for the guest's standard input; - for this command's own",
    input: "file with the raw input, in place of --arg, --var and --stdin",
    fuel: "bound on work, for example 500m",
    memory: "bound on memory, for example 64m",
    timeout: "bound on time, for example 10s",
    "output-max": "bound on output, for example 1m",
    normal: "real clock and chance, in place of the recorded ones",
    "no-receipt": "do not print the receipt line",
  },
  run: runProgram,
};

async function runProgram(invocation: Invocation): Promise<number> {
  const operand = operandOf(invocation, "a file, a folder or -");
  const args = invocation.positionals.slice(1);
  demandOneInput(invocation);
  demandNotTwice(invocation, operand);
  const source = readSource(operand, { stdinName: "main" });
  const slot = textOption(invocation, "env") ?? slotOf(source);
  const request = requestOf(invocation, { source, slot, args });
  await using connection = await connect(invocation, {
    slots: slot === undefined ? undefined : [slot],
  });
  const submitted = await connection.client.runs.submit(request);
  // Without the await, the connection would be closed before its end is known.
  return await follow(submitted, { invocation, connection });
}

function requestOf(
  invocation: Invocation,
  program: {
    readonly source: ProgramSource;
    readonly slot: string | undefined;
    readonly args: readonly string[];
  },
): SubmitOptions {
  const { source, slot } = program;
  return {
    ...(slot !== undefined && { slot }),
    artifact: source.bytes,
    name: source.name,
    entry: textOption(invocation, "entry"),
    ...inputOf(invocation, program),
    budget: budgetOf(invocation),
    ...(isSet(invocation, "normal") && { config: { profile: "normal" } }),
  };
}

/** Raw input where it is given, else what a program is started with. */
function inputOf(
  invocation: Invocation,
  { source, args }: { readonly source: ProgramSource; readonly args: readonly string[] },
): Pick<SubmitOptions, "input" | "args" | "env" | "files" | "stdin"> {
  const input = textOption(invocation, "input");
  if (input !== undefined) return { input: readInput(input) };
  const stdin = textOption(invocation, "stdin");
  return {
    args: [...textOptions(invocation, "arg"), ...args],
    env: Object.fromEntries(textOptions(invocation, "var").map(variableOf)),
    files: source.files,
    ...(stdin !== undefined && { stdin: readInput(stdin) }),
  };
}

function variableOf(text: string): readonly [name: string, value: string] {
  const at = text.indexOf("=");
  if (at < 1) throw new UsageError(`--var ${text} is not of the form NAME=VALUE`);
  return [text.slice(0, at), text.slice(at + 1)];
}

/** Options that say the same thing in two ways. */
function demandOneInput(invocation: Invocation): void {
  if (textOption(invocation, "input") === undefined) return;
  const other = ["arg", "var", "stdin"].find((each) => invocation.values[each] !== undefined);
  const extra = invocation.positionals[1];
  const more = other === undefined ? extra : `--${other}`;
  if (more !== undefined) throw new UsageError(`--input excludes ${more}`);
}

/** Standard input can be read once. */
function demandNotTwice(invocation: Invocation, operand: string): void {
  const again = ["stdin", "input"].find((each) => textOption(invocation, each) === "-");
  if (operand !== "-" || again === undefined) return;
  throw new UsageError(`standard input is the program already; --${again} needs a file`);
}

/** Streams what the guest writes, then says how it ended. */
async function follow(
  submitted: RunView,
  context: { readonly invocation: Invocation; readonly connection: Connection },
): Promise<number> {
  const { invocation, connection } = context;
  const { terminal, signal } = invocation;
  const { runs } = connection.client;
  const onAbort = () => void runs.cancel(submitted.id).catch(() => {});
  signal.addEventListener("abort", onAbort, { once: true });
  if (signal.aborted) onAbort();
  const logs: { topic: string; text: string }[] = [];
  for await (const { topic, data } of runs.logs(submitted.id, { follow: true })) {
    const bytes = fromBytesView(data);
    if (terminal.isJson) logs.push({ topic, text: Buffer.from(bytes).toString() });
    else if (topic === "stdout") terminal.out(bytes);
    else if (topic === "stderr") terminal.err(Buffer.from(bytes).toString());
  }
  const ended = await runs.wait(submitted.id);
  signal.removeEventListener("abort", onAbort);
  if (terminal.isJson) terminal.out(`${JSON.stringify({ ...ended, logs }, null, 2)}\n`);
  else report(ended, invocation);
  return exitCodeOfRun(ended);
}

function report(ended: RunView, invocation: Invocation): void {
  const { terminal } = invocation;
  const { outcome, fault } = ended;
  if (fault !== undefined) terminal.err(`bedplate: ${fault.message} (${fault.code})\n`);
  if (outcome?.output !== undefined) printResult(fromBytesView(outcome.output), terminal);
  if (outcome !== undefined && outcome.kind !== "returned")
    terminal.err(`bedplate: ${endingOf(ended)}\n`);
  if (ended.receipt === undefined || isSet(invocation, "no-receipt")) return;
  const { fuel = 0, wallMs = 0 } = ended.usage ?? {};
  terminal.err(
    `receipt ${ended.receipt}  ${ended.release}  ${wallMs.toFixed(1)} ms  ${fuel} fuel  ${ended.id}\n`,
  );
}

/** A function's result, on a line of its own. */
function printResult(output: Uint8Array, terminal: Invocation["terminal"]): void {
  if (output.length === 0) return;
  terminal.out(output);
  if (output.at(-1) !== 10) terminal.out("\n");
}

function endingOf({ outcome }: RunView): string {
  switch (outcome?.kind) {
    case "reverted":
      return `the program failed with exit code ${outcome.exitCode ?? 1}`;
    case "trapped":
      return `the program trapped: ${outcome.reason}`;
    case "exhausted":
      return `the program used up its budget: ${outcome.meter}`;
    case "refused":
      return `the environment refused the program: ${outcome.reason}`;
    default:
      return "the program ended";
  }
}

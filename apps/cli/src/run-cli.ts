import { parseArgs } from "node:util";
import { FaultError } from "@bedplate/errors";
import { serverVersion } from "@bedplate/server/settings";
import { type Command, commonOptions } from "./command.ts";
import { commands } from "./commands/all-commands.ts";
import { exitCodeOf, exitCodes } from "./exit-codes.ts";
import { helpOf, helpOfAll } from "./help.ts";
import { openTerminal, type Terminal } from "./terminal.ts";
import { UsageError } from "./usage-error.ts";

/** Runs one command line; answers the exit code. */
export async function runCli(
  argv: readonly string[],
  options: {
    readonly signal: AbortSignal;
    /** Where it writes. Default: the process's own streams. */
    readonly open?: typeof openTerminal | undefined;
  },
): Promise<number> {
  const { signal, open = openTerminal } = options;
  const isJson = beforeDashes(argv).includes("--json");
  const terminal = open({ isJson });
  const found = findCommand(argv);
  if (found === undefined) return noCommand(argv, terminal);
  const { command, rest } = found;
  try {
    const { values, positionals } = parseArgs({
      args: withPlainFlags(command, rest),
      options: { ...command.options, ...commonOptions },
      allowPositionals: true,
    });
    if (values["help"] === true) {
      terminal.out(helpOf(command));
      return exitCodes.success;
    }
    demandFewEnough(command, positionals);
    return await command.run({ values, positionals, terminal, signal });
  } catch (error) {
    return fail(error, terminal);
  }
}

/** `--flag=true` is `--flag`, and `--flag=false` is nothing: other tools spell flags so. */
function withPlainFlags(command: Command, words: readonly string[]): string[] {
  const own = beforeDashes(words);
  const plain = own.flatMap((word) => {
    const [, name = "", value] = /^--([^=]+)=(true|false)$/.exec(word) ?? [];
    if (command.options[name]?.type !== "boolean") return [word];
    return value === "true" ? [`--${name}`] : [];
  });
  return [...plain, ...words.slice(own.length)];
}

/** What follows `--` is the guest's. */
function beforeDashes(argv: readonly string[]): readonly string[] {
  const dashes = argv.indexOf("--");
  return dashes === -1 ? argv : argv.slice(0, dashes);
}

/** The command with the most words that the line begins with. */
function findCommand(
  argv: readonly string[],
): { readonly command: Command; readonly rest: readonly string[] } | undefined {
  const fitting = commands
    .map((command) => ({ command, words: command.name.split(" ") }))
    .filter(({ words }) => words.every((word, index) => argv[index] === word))
    .toSorted((a, b) => b.words.length - a.words.length)[0];
  return fitting && { command: fitting.command, rest: argv.slice(fitting.words.length) };
}

function demandFewEnough({ operands }: Command, positionals: readonly string[]): void {
  const most = operands.endsWith("...]") ? Number.POSITIVE_INFINITY : wordsOf(operands).length;
  if (positionals.length <= most) return;
  const extra = positionals[most] ?? "";
  throw new UsageError(`"${extra}" is one word too many`);
}

function wordsOf(text: string): readonly string[] {
  return text.split(" ").filter((each) => each !== "");
}

function noCommand(argv: readonly string[], terminal: Terminal): number {
  const [first = "help"] = argv;
  if (first === "--version" || first === "-v") {
    terminal.out(`${serverVersion}\n`);
    return exitCodes.success;
  }
  if (first === "help" || first === "--help" || first === "-h")
    return help(argv.slice(1), terminal);
  const group = commands.filter((each) => each.name.startsWith(`${first} `));
  const isGroup = group.length > 0 && (argv.length === 1 || argv.includes("--help"));
  if (isGroup) {
    terminal.out(helpOfAll(group));
    return argv.length === 1 ? exitCodes.usage : exitCodes.success;
  }
  const name = argv.slice(0, group.length > 0 ? 2 : 1).join(" ");
  const where = group.length > 0 ? `${first} ` : "";
  return fail(
    new UsageError(`there is no command "${name}"; bedplate ${where}--help lists what there is`),
    terminal,
  );
}

/** `help`, or `help runs get`. */
function help(words: readonly string[], terminal: Terminal): number {
  const found = findCommand(words);
  if (found === undefined && words.length > 0) return noCommand([...words, "--help"], terminal);
  terminal.out(found === undefined ? helpOfAll(commands) : helpOf(found.command));
  return exitCodes.success;
}

function fail(error: unknown, terminal: Terminal): number {
  if (error instanceof FaultError) {
    if (terminal.isJson) terminal.out(`${JSON.stringify({ fault: error.fault }, null, 2)}\n`);
    else terminal.err(`bedplate: ${error.message} (${error.code})\n`);
    return exitCodeOf(error);
  }
  terminal.err(
    `bedplate: ${error instanceof Error ? firstSentence(error.message) : "unknown error"}\n`,
  );
  return isUsage(error) ? exitCodes.usage : exitCodes.internal;
}

/** Node explains at length what it cannot parse. */
function firstSentence(message: string): string {
  const [first = ""] = message.split(/\n|(?<=')\. /);
  return first.replace(/\.$/, "");
}

/** What `parseArgs` of Node refuses is the command line's fault as well. */
function isUsage(error: unknown): boolean {
  const code = (error as { readonly code?: unknown } | null)?.code;
  return error instanceof UsageError || String(code).startsWith("ERR_PARSE_ARGS");
}

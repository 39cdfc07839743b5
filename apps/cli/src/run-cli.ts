import { parseArgs } from "node:util";
import { FaultError } from "@bedplate/errors";
import { type Command, commonOptions } from "./command.ts";
import { commands } from "./commands/all-commands.ts";
import { exitCodeOf, exitCodes } from "./exit-codes.ts";
import { helpOf, helpOfAll } from "./help.ts";
import { openTerminal, type Terminal } from "./terminal.ts";

/** Runs one command line; answers the exit code. */
export async function runCli(argv: readonly string[], signal: AbortSignal): Promise<number> {
  const terminal = openTerminal({ isJson: argv.includes("--json") });
  const found = findCommand(argv);
  if (found === undefined) return noCommand(argv, terminal);
  const { command, rest } = found;
  try {
    const { values, positionals } = parseArgs({
      args: [...rest],
      options: { ...command.options, ...commonOptions },
      allowPositionals: true,
    });
    if (values["help"] === true) {
      terminal.out(helpOf(command));
      return exitCodes.success;
    }
    return await command.run({ values, positionals, terminal, signal });
  } catch (error) {
    return fail(error, terminal);
  }
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

function noCommand(argv: readonly string[], terminal: Terminal): number {
  const isHelp =
    argv.length === 0 || argv[0] === "help" || argv[0] === "--help" || argv[0] === "-h";
  if (isHelp) {
    terminal.out(helpOfAll(commands));
    return exitCodes.success;
  }
  terminal.err(
    `bedplate: there is no command "${argv.slice(0, 2).join(" ")}"\n\n${helpOfAll(commands)}`,
  );
  return exitCodes.usage;
}

function fail(error: unknown, terminal: Terminal): number {
  const isUsage = (error as { code?: unknown } | null)?.code
    ?.toString()
    .startsWith("ERR_PARSE_ARGS");
  if (error instanceof FaultError) {
    if (terminal.isJson) terminal.out(`${JSON.stringify({ fault: error.fault }, null, 2)}\n`);
    else terminal.err(`bedplate: ${error.message} (${error.code})\n`);
    return exitCodeOf(error);
  }
  terminal.err(`bedplate: ${error instanceof Error ? error.message : "unknown error"}\n`);
  return isUsage === true ? exitCodes.usage : exitCodes.internal;
}

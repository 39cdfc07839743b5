import { type Command, commonOptionHelp } from "../../apps/cli/src/command.ts";
import { commands } from "../../apps/cli/src/commands/all-commands.ts";
import { exitCodeMeanings, exitCodes } from "../../apps/cli/src/exit-codes.ts";
import { code, generatedNote, table } from "./markdown.ts";

/** `docs/reference/cli.md`, from the commands themselves. */
export function cliPage(): string {
  const names = Object.keys(exitCodes) as (keyof typeof exitCodes)[];
  return `# The command line

${generatedNote}

\`bedplate COMMAND [OPTIONS]\`. Results go to standard output, everything about them to standard error. A command uses the
server that \`--url\` names, else the one that runs on the data folder, else one inside its own process
([why](../decisions/0004-cli-embeds-the-server.md)).

${table([["Command", "What it does"], ...commands.map((each) => [code(usageOf(each)), each.summary])])}

## Options of every command

${optionTable(commonOptionHelp)}

${commands
  .map(section)
  .filter((each) => each !== "")
  .join("\n\n")}

## Exit codes

${table([["Code", "Name", "When"], ...names.map((name) => [String(exitCodes[name]), name, exitCodeMeanings[name]])])}

A program's own exit code passes through, modulo 256; one that would read as success is 1.
`;
}

function section(command: Command): string {
  if (Object.keys(command.optionHelp).length === 0) return "";
  return `## \`${usageOf(command)}\`\n\n${optionTable(command.optionHelp)}`;
}

function optionTable(help: Readonly<Record<string, string>>): string {
  const rows = Object.entries(help).map(([name, text]) => [code(`--${name}`), text]);
  return table([["Option", "Meaning"], ...rows]);
}

function usageOf({ name, operands }: Command): string {
  return operands === "" ? name : `${name} ${operands}`;
}

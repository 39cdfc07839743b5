import { type Command, commonOptionHelp } from "./command.ts";

/** The help of the whole program. */
export function helpOfAll(commands: readonly Command[]): string {
  const width = Math.max(...commands.map((each) => usageOf(each).length));
  const lines = commands.map((each) => `  ${usageOf(each).padEnd(width)}  ${each.summary}`);
  return `Usage: bedplate COMMAND [OPTIONS]\n\n${lines.join("\n")}\n\n\`bedplate COMMAND --help\` shows a command's options.\n`;
}

/** The help of one command. */
export function helpOf(command: Command): string {
  const all = { ...command.optionHelp, ...commonOptionHelp };
  const width = Math.max(...Object.keys(all).map((each) => each.length));
  const lines = Object.entries(all).map(([name, text]) => `  --${name.padEnd(width)}  ${text}`);
  return `Usage: bedplate ${usageOf(command)} [OPTIONS]\n\n${command.summary}.\n\n${lines.join("\n")}\n`;
}

function usageOf({ name, operands }: Command): string {
  return operands === "" ? name : `${name} ${operands}`;
}

export type { Command, Invocation } from "./command.ts";
export { commands } from "./commands/all-commands.ts";
export { exitCodeMeanings, exitCodes } from "./exit-codes.ts";
export { runCli } from "./run-cli.ts";
export type { Terminal } from "./terminal.ts";

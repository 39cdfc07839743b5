import type { ParseArgsOptionsConfig } from "node:util";
import type { Terminal } from "./terminal.ts";

/** What a command gets. */
export interface Invocation {
  readonly values: Readonly<Record<string, string | boolean | (string | boolean)[] | undefined>>;
  readonly positionals: readonly string[];
  readonly terminal: Terminal;
  /** Aborts at Ctrl-C. */
  readonly signal: AbortSignal;
}

/** A command as data: help, completion and parsing come from it. */
export interface Command {
  /** Words, for example `runs get`. */
  readonly name: string;
  readonly summary: string;
  /** The positional part, for example `FILE|DIR|-`. */
  readonly operands: string;
  readonly options: ParseArgsOptionsConfig;
  /** A line per option. */
  readonly optionHelp: Readonly<Record<string, string>>;
  /** Answers the exit code. */
  run(invocation: Invocation): Promise<number>;
}

/** Options that every command takes. */
export const commonOptions: ParseArgsOptionsConfig = {
  json: { type: "boolean" },
  data: { type: "string" },
  config: { type: "string" },
  url: { type: "string" },
  key: { type: "string" },
  help: { type: "boolean", short: "h" },
};

export const commonOptionHelp: Readonly<Record<string, string>> = {
  json: "print JSON",
  data: "data folder (default: $BEDPLATE_DATA, or bedplate in the user's data folder)",
  config: "configuration file (default: $BEDPLATE_CONFIG)",
  url: "server to use (default: $BEDPLATE_URL, or the one that runs on the data folder)",
  key: "API key (default: $BEDPLATE_KEY, or the data folder's own)",
  help: "show this help",
};

/** The text of an option, or undefined. */
export function textOption(invocation: Invocation, name: string): string | undefined {
  const value = invocation.values[name];
  return typeof value === "string" ? value : undefined;
}

/** Every text of an option that may be repeated. */
export function textOptions(invocation: Invocation, name: string): readonly string[] {
  const value = invocation.values[name];
  return Array.isArray(value) ? value.filter((each) => typeof each === "string") : [];
}

export function isSet(invocation: Invocation, name: string): boolean {
  return invocation.values[name] === true;
}

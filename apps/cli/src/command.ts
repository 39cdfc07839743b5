import type { ParseArgsOptionsConfig } from "node:util";
import type { Terminal } from "./terminal.ts";
import { UsageError } from "./usage-error.ts";

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
  /** The positional part, for example `FILE|DIR|- [ARG...]`; words that end in `...]` may be many. */
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

/** A positional that has to be there. */
export function operandOf(
  invocation: Invocation,
  what: string,
  options: { readonly at?: number | undefined } = {},
): string {
  const operand = invocation.positionals[options.at ?? 0];
  if (operand !== undefined && operand !== "") return operand;
  throw new UsageError(`${what} is missing`);
}

/** The whole number of an option, or undefined. */
export function countOption(invocation: Invocation, name: string): number | undefined {
  const text = textOption(invocation, name);
  if (text === undefined) return undefined;
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw new UsageError(`--${name} ${text} is not a whole number`);
}

/** One of the words that an option knows, or undefined. */
export function wordOption<W extends string>(
  invocation: Invocation,
  name: string,
  options: { readonly words: readonly W[] },
): W | undefined {
  const { words } = options;
  const text = textOption(invocation, name);
  const word = words.find((each) => each === text);
  if (text === undefined || word !== undefined) return word;
  throw new UsageError(`--${name} ${text} is not one of ${words.join(", ")}`);
}

export function isSet(invocation: Invocation, name: string): boolean {
  return invocation.values[name] === true;
}

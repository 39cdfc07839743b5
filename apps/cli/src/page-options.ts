import type { ParseArgsOptionsConfig } from "node:util";
import { countOption, type Invocation, textOption } from "./command.ts";

/** Options of a command that prints one page of a list. */
export const pageOptions: ParseArgsOptionsConfig = {
  limit: { type: "string" },
  cursor: { type: "string" },
};

/** Their lines of help; `things` are what the list is of. */
export function pageHelp(things: string): Readonly<Record<"limit" | "cursor", string>> {
  return {
    limit: `most ${things} of the page (default: 50)`,
    cursor: "where the page before ended",
  };
}

/** Which page a command line asks for. */
export function pageOf(invocation: Invocation): {
  readonly limit: number | undefined;
  readonly cursor: string | undefined;
} {
  return { limit: countOption(invocation, "limit"), cursor: textOption(invocation, "cursor") };
}

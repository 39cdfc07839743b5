import type { ParseArgsOptionsConfig } from "node:util";
import { type Invocation, isSet, textOption, wordOption } from "../command.ts";

export const engineOption: string =
  "compiled (default) or reference, which is @ethereumjs/vm and slow";

export function engineOf(invocation: Invocation): string {
  return wordOption(invocation, "engine", { words: ["compiled", "reference"] }) ?? "compiled";
}

/** Tracing as geth spells it. */
export const traceOptions: ParseArgsOptionsConfig = {
  trace: { type: "boolean" },
  "trace.format": { type: "string" },
  "trace.memory": { type: "boolean" },
  "trace.nomemory": { type: "boolean" },
  "trace.nostack": { type: "boolean" },
  "trace.returndata": { type: "boolean" },
  "trace.noreturndata": { type: "boolean" },
};

export const traceOptionHelp: Readonly<Record<string, string>> = {
  trace: "write a line of JSON per instruction to standard error (EIP-3155)",
  "trace.format": "json, which is the only one",
  "trace.memory": "with the memory",
  "trace.nomemory": "without the memory, which is the default",
  "trace.nostack": "without the stack",
  "trace.returndata": "with what the last call returned",
  "trace.noreturndata": "without it, which is the default",
};

export interface TraceWish {
  readonly hasStack: boolean;
  readonly hasMemory: boolean;
  readonly hasReturnData: boolean;
  write(line: string): void;
}

export function traceOf(invocation: Invocation): TraceWish | undefined {
  wordOption(invocation, "trace.format", { words: ["json"] });
  const isAsked =
    isSet(invocation, "trace") || textOption(invocation, "trace.format") !== undefined;
  if (!isAsked) return undefined;
  return {
    hasStack: !isSet(invocation, "trace.nostack"),
    hasMemory: isSet(invocation, "trace.memory") && !isSet(invocation, "trace.nomemory"),
    hasReturnData:
      isSet(invocation, "trace.returndata") && !isSet(invocation, "trace.noreturndata"),
    write: (line) => invocation.terminal.err(`${line}\n`),
  };
}

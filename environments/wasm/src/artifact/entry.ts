import { raise } from "@bedplate/errors";
import { type FunctionSignature, isCallable, signatureText } from "../arguments/value-type.ts";
import { contractModule } from "../contract/contract-imports.ts";
import type { ModuleShape } from "./module-shape.ts";

/** What an entry name means in a module. */
export interface Entry {
  readonly kind: EntryKind;
  /** The export that is called. */
  readonly exportName: string;
  readonly signature: FunctionSignature;
}

/** `command`: a WASI program; `contract`: raw input, captured effects; `function`: typed arguments. */
export type EntryKind = "command" | "contract" | "function";

/** The export that starts a WASI program. */
const commandExport = "_start";

/** An export that prepares a module before anything else of it is called. */
export const initialiseExport = "_initialize";

/** Every entry that can be called, by name, with its signature as text. */
export function entriesOf(shape: ModuleShape): Readonly<Record<string, string>> {
  const names = [...shape.functions.keys()].filter((name) => name !== initialiseExport);
  const entries = names.flatMap((name) => {
    const signature = shape.functions.get(name);
    if (signature === undefined || !isCallable(signature)) return [];
    return [[name === commandExport ? "main" : name, signatureText(signature)] as const];
  });
  return Object.fromEntries(entries);
}

/** Finds what to call; `argument.invalid` at `/entry` where there is no such thing. */
export function findEntry(shape: ModuleShape, name: string): Entry {
  const command = shape.functions.get(commandExport);
  if (name === "main" && command !== undefined && isPlain(command)) {
    return { kind: "command", exportName: commandExport, signature: command };
  }
  const signature = shape.functions.get(name);
  if (signature === undefined || name === initialiseExport) throw refuse(name, "is not exported");
  if (!isCallable(signature)) throw refuse(name, "takes or gives values without a text form");
  const isContract = isPlain(signature) && importsContract(shape);
  return { kind: isContract ? "contract" : "function", exportName: name, signature };
}

function importsContract(shape: ModuleShape): boolean {
  return shape.imports.some(({ module }) => module === contractModule);
}

function isPlain({ params, results }: FunctionSignature): boolean {
  return params.length === 0 && results.length === 0;
}

function refuse(name: string, why: string): Error {
  return raise("argument.invalid", {
    op: "instance.invoke",
    detail: { path: "/entry", rule: `a function that ${why} cannot be called` },
    message: `Cannot run the entry ${name}: the function ${why}`,
  });
}

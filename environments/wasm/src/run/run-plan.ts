import { decodeProgramInput, type Invocation, type ProgramInput } from "@bedplate/environment";
import { type Argument, parseArguments } from "../arguments/parse-arguments.ts";
import { type Entry, findEntry } from "../artifact/entry.ts";
import type { ModuleShape } from "../artifact/module-shape.ts";

/** What is to be called, with what. */
export interface RunPlan {
  readonly entry: Entry;
  readonly values: readonly Argument[];
  readonly program: ProgramInput;
}

/** Reads entry and input; `argument.invalid` with a pointer where they do not fit the module. */
export function planRun(shape: ModuleShape, invocation: Invocation): RunPlan {
  const entry = findEntry(shape, invocation.entry);
  if (entry.kind === "contract") return { entry, values: [], program: emptyProgram };
  const program = decodeProgramInput(invocation.input);
  if (entry.kind === "command") return { entry, values: [], program };
  return {
    entry,
    values: parseArguments(program.args, entry.signature.params),
    program: { ...program, args: [] },
  };
}

const emptyProgram: ProgramInput = {
  name: "",
  args: [],
  env: {},
  stdin: new Uint8Array(),
  files: {},
};

import { decodeCbor, encodeCbor } from "@bedplate/codec";
import { defineSchema, type Schema, Type } from "@bedplate/schema";

/** What a program, or a function of a module, is started with. */
export interface ProgramInput {
  /** What the program is called, for `argv[0]` and tracebacks; empty leaves it to the environment. */
  readonly name: string;
  /** Arguments as text; a function's are read as the types it declares. */
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly stdin: Uint8Array;
  /** Files that the program finds, by absolute path. */
  readonly files: Readonly<Record<string, Uint8Array>>;
}

const bytes = () => Type.Unsafe<Uint8Array>({});

const programInputSchema: Schema<ProgramInput> = defineSchema(
  Type.Object(
    {
      name: Type.String({ maxLength: 256 }),
      args: Type.Array(Type.String(), { maxItems: 4096 }),
      env: Type.Record(Type.String(), Type.String()),
      stdin: bytes(),
      files: Type.Record(Type.String(), bytes()),
    },
    { additionalProperties: false },
  ),
);

/** Canonical bytes for `Invocation.input`. Members left out are empty. */
export function encodeProgramInput(input: Partial<ProgramInput>): Uint8Array {
  const { name = "", args = [], env = {}, stdin = new Uint8Array(), files = {} } = input;
  return encodeCbor({ name, args, env, stdin, files });
}

/** Reads what `encodeProgramInput` wrote; refuses everything else. No bytes at all mean no input. */
export function decodeProgramInput(input: Uint8Array): ProgramInput {
  if (input.length === 0)
    return { name: "", args: [], env: {}, stdin: new Uint8Array(), files: {} };
  return programInputSchema.parse(decodeCbor(input), {
    what: "the program input",
    op: "environment.invoke",
  });
}

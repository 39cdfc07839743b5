import { raise } from "@bedplate/errors";
import { defineSchema, type Schema, Type } from "@bedplate/schema";

/** One thing that a fake process does. A process that has done all its steps exits with 0. */
export type MachineStep =
  | { do: "print"; text: string; to?: "stdout" | "stderr" }
  /** Every byte value once, in order. */
  | { do: "printBytes" }
  | { do: "flood"; bytes: number }
  /** What comes in goes out, until the end of the input. */
  | { do: "copy" }
  /** Without `ms`, for ever. */
  | { do: "sleep"; ms?: number }
  /** Counts from 1, a line each time, for ever. */
  | { do: "tick"; ms: number }
  /** Says the size of its terminal, and each change. */
  | { do: "terminal" }
  /** From here on that signal makes it print the text and exit with 0. */
  | { do: "trap"; signal: string; text: string }
  | { do: "exit"; code: number }
  | { do: "env"; name: string }
  /** Says something of itself or of its machine; `identity` is a line for each thing that is its own. */
  | { do: "show"; what: "cwd" | "user" | "monotonic" | "clock" | "random" | "identity" }
  /** Says the bound that holds; `none` where there is none. */
  | { do: "cap"; name: string }
  | { do: "read"; path: string }
  | { do: "write"; path: string; text: string }
  | { do: "link"; path: string; target: string }
  /** Writes so many bytes; exits with 1 where they do not fit. */
  | { do: "fill"; path: string; bytes: number }
  /** Makes so many files; exits with 1 where they do not fit. */
  | { do: "makeFiles"; folder: string; count: number }
  /** Replaces the file by one text and the other in turn, for ever. */
  | { do: "rewrite"; path: string; texts: readonly string[] }
  /** Answers each connection with the text, then with whatever comes. */
  | { do: "listen"; port: number; text: string }
  /** Says `open` or `closed`; with `holds`, then `cut` once the connection was cut. */
  | { do: "connect"; host: string; port: number; holds?: boolean }
  /** Takes memory until it ends; is killed where there is not so much. */
  | { do: "take"; bytes: number }
  /** Starts so many that do nothing; exits with 1 where that is too many. */
  | { do: "fork"; count: number };

const text = Type.String();
const amount = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER });

const members: { readonly [K in MachineStep["do"]]: Type.TProperties } = {
  print: { text, to: Type.Optional(Type.Union([Type.Literal("stdout"), Type.Literal("stderr")])) },
  printBytes: {},
  flood: { bytes: amount },
  copy: {},
  sleep: { ms: Type.Optional(amount) },
  tick: { ms: amount },
  terminal: {},
  trap: { signal: text, text },
  exit: { code: Type.Integer({ minimum: 0, maximum: 255 }) },
  env: { name: text },
  show: {
    what: Type.Union(
      ["cwd", "user", "monotonic", "clock", "random", "identity"].map((each) => Type.Literal(each)),
    ),
  },
  cap: { name: text },
  read: { path: text },
  write: { path: text, text },
  link: { path: text, target: text },
  fill: { path: text, bytes: amount },
  makeFiles: { folder: text, count: amount },
  rewrite: { path: text, texts: Type.Array(text, { minItems: 1, maxItems: 16 }) },
  listen: { port: Type.Integer({ minimum: 1, maximum: 65_535 }), text },
  connect: { host: text, port: amount, holds: Type.Optional(Type.Boolean()) },
  take: { bytes: amount },
  fork: { count: amount },
};

const schemas: ReadonlyMap<string, Schema<MachineStep>> = new Map(
  Object.entries(members).map(([name, each]) => [
    name,
    defineSchema(
      Type.Unsafe<MachineStep>(
        Type.Object({ do: Type.Literal(name), ...each }, { additionalProperties: false }),
      ),
    ),
  ]),
);

/** Reads steps; throws `argument.invalid` for anything that is none. */
export function parseMachineSteps(value: unknown): readonly MachineStep[] {
  if (!Array.isArray(value)) throw noStep("/argv", "are no steps of a fake machine");
  return value.map((each: unknown, at) => {
    const schema = schemas.get(String((each as { readonly do?: unknown } | null)?.do));
    if (schema === undefined) throw noStep(`/${at}/do`, "is no step of a fake machine");
    return schema.parse(each, { what: `the step ${at}`, op: "fake.parse" });
  });
}

function noStep(path: string, rule: string): Error {
  return raise("argument.invalid", {
    op: "fake.parse",
    detail: { path, rule },
    message: `Cannot read the steps: ${path} ${rule}`,
  });
}

import { FaultError, raise } from "@bedplate/errors";
import { defineSchema, type Schema, Type } from "@bedplate/schema";

/** An artifact of the fake environment: what to do, step by step. Written as JSON. */
export interface FakeScript {
  /** The entry `main`. A script that ends without an ending returns. */
  readonly steps: readonly FakeStep[];
  /** Entries by other names. */
  readonly entries?: Readonly<Record<string, readonly FakeStep[]>> | undefined;
}

/** Where a step takes its text from: the run's input, or what the last step found out. */
export type FakeSource = "input" | "value";

/** One step; each costs 1 fuel, and what it says beside that. */
export type FakeStep =
  /** Makes an event. Default topic: `stdout`. */
  | { do: "say"; text?: string; from?: FakeSource; topic?: string }
  /** Sets the run's output. */
  | { do: "output"; text?: string; from?: FakeSource }
  /** Costs that much more fuel. */
  | { do: "burn"; fuel: number }
  /** Takes memory until the run ends. */
  | { do: "allocate"; bytes: number }
  /** Calls itself; without `levels`, as deep as the input says in decimal digits. */
  | { do: "recurse"; levels?: number }
  /** Captures a write; null deletes. */
  | { do: "write"; key: string; text?: string | null; from?: FakeSource }
  /**
   * Finds out the value of a state key; without `key`, of the one that the input names, or what the
   * last step found out. `(none)` where it has none.
   */
  | { do: "read"; key?: string; from?: FakeSource }
  /**
   * Adds to the number under a state key (0 where there is none), captures that, and finds it out;
   * without `key`, the input names it, or what the last step found out.
   */
  | { do: "add"; key?: string; from?: FakeSource; by: number }
  /** Adds to a number as bytes under a state key without reading it, captured as a credit. */
  | { do: "credit"; key: string; by: number }
  /** Refuses an input other than this one, before anything else happens. */
  | { do: "demand"; text: string }
  /**
   * Takes its place in a line whose next place is the number under a state key (0 where there is
   * none): refuses as too early or as gone by, or moves the line on.
   */
  | { do: "turn"; key: string; place: number }
  /** Adds one to a number in the instance's memory, and finds it out. */
  | { do: "count"; slot?: string }
  /** Finds out the guest's clock. */
  | { do: "clock" }
  /** Finds out bytes of chance, in hex. */
  | { do: "random"; bytes: number }
  /** Calls another artifact and finds out the kind of its outcome; without `target`, the input names it. */
  | { do: "call"; target?: string; entry?: string; text?: string; isStatic?: boolean }
  /** Waits on the environment's clock. */
  | { do: "sleep"; ms: number }
  /** Never ends. */
  | { do: "spin" }
  /** Does the steps again and again; without `times`, for ever. */
  | { do: "repeat"; times?: number; steps: FakeStep[] }
  /** Does the steps; undoes their writes and goes on when they revert or trap. */
  | { do: "attempt"; steps: FakeStep[] }
  /** The platform fails: the run rejects with that code. */
  | { do: "fault"; code: string; text?: string }
  /** Ends the run. */
  | { do: "return" }
  | { do: "revert"; exitCode?: number }
  | { do: "trap"; reason?: string }
  | { do: "refuse"; reason?: string };

/** Largest script, in bytes. */
export const scriptBytesMax: number = 1024 * 1024;

/** Deepest nesting of steps. */
export const scriptNestingMax = 16;

const closed = { additionalProperties: false } as const;
const text = () => Type.Optional(Type.String());
const amount = () => Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER });
const from = () => Type.Optional(Type.Union([Type.Literal("input"), Type.Literal("value")]));
const inner = () => Type.Array(Type.Unknown(), { maxItems: 4096 });

const members = {
  say: { text: text(), from: from(), topic: text() },
  output: { text: text(), from: from() },
  burn: { fuel: amount() },
  allocate: { bytes: amount() },
  recurse: { levels: Type.Optional(amount()) },
  write: {
    key: Type.String(),
    text: Type.Optional(Type.Union([Type.String(), Type.Null()])),
    from: from(),
  },
  read: { key: text(), from: from() },
  add: {
    key: text(),
    from: from(),
    by: Type.Integer({ minimum: -1_000_000, maximum: 1_000_000 }),
  },
  credit: { key: Type.String(), by: Type.Integer({ minimum: 1, maximum: 1_000_000 }) },
  demand: { text: Type.String() },
  turn: { key: Type.String(), place: amount() },
  count: { slot: text() },
  clock: {},
  random: { bytes: Type.Integer({ minimum: 0, maximum: 4096 }) },
  call: { target: text(), entry: text(), text: text(), isStatic: Type.Optional(Type.Boolean()) },
  sleep: { ms: amount() },
  spin: {},
  repeat: { times: Type.Optional(amount()), steps: inner() },
  attempt: { steps: inner() },
  fault: { code: Type.String({ minLength: 1 }), text: text() },
  return: {},
  revert: { exitCode: Type.Optional(Type.Integer({ minimum: 0, maximum: 255 })) },
  trap: { reason: text() },
  refuse: { reason: text() },
};

const stepSchemas: ReadonlyMap<string, Schema<unknown>> = new Map(
  Object.entries(members).map(([name, each]) => [
    name,
    defineSchema(Type.Object({ do: Type.Literal(name), ...each }, closed)),
  ]),
);

const scriptSchema: Schema<unknown> = defineSchema(
  Type.Object(
    {
      steps: inner(),
      entries: Type.Optional(Type.Record(Type.String(), inner())),
    },
    closed,
  ),
);

/** Reads an artifact; throws `argument.invalid` with a JSON pointer for anything that is no script. */
export function parseScript(bytes: Uint8Array): FakeScript {
  if (bytes.length > scriptBytesMax) throw invalid("", `is longer than ${scriptBytesMax} bytes`);
  const value = scriptSchema.parse(parseJson(bytes), { what: "the script", op: "fake.parse" });
  const { steps, entries = {} } = value as FakeScript;
  checkSteps(steps, "/steps");
  for (const [name, each] of Object.entries(entries)) checkSteps(each, `/entries/${name}`);
  return value as FakeScript;
}

/** Writes a script as artifact bytes. */
export function encodeScript(script: FakeScript): Uint8Array {
  return new Uint8Array(Buffer.from(JSON.stringify(script)));
}

function checkSteps(steps: readonly unknown[], path: string): void {
  if (path.split("/").length > 2 * scriptNestingMax) throw invalid(path, "is nested too deeply");
  steps.forEach((step, index) => {
    const here = `${path}/${index}`;
    const { do: kind, steps: nested } = (step ?? {}) as { do?: unknown; steps?: unknown[] };
    const schema = stepSchemas.get(String(kind));
    if (schema === undefined) throw invalid(`${here}/do`, "is no step of a fake script");
    schema.parse(step, { what: `the step ${here}`, op: "fake.parse" });
    if (nested !== undefined) checkSteps(nested, `${here}/steps`);
  });
}

function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch (cause) {
    // The parser quotes the script, so its words stay out of the fault itself.
    throw new FaultError(invalid("", "is no JSON").fault, { cause });
  }
}

function invalid(path: string, rule: string): FaultError {
  return raise("argument.invalid", {
    op: "fake.parse",
    detail: { path, rule },
    message: `Cannot read the script: ${path === "" ? "it" : path} ${rule}`,
  });
}

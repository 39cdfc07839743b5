import { defineSchema, type Schema, Type } from "@bedplate/schema";

/** An instruction set that artifacts may be written in. */
export interface InstructionSet {
  /** For example `wasm`, `evm`, `javascript`, `python`, `x86-64`. */
  readonly family: string;
  /** For example `3.0`, `osaka`, `es2023`. */
  readonly revision: string;
  readonly extensions: readonly string[];
}

/** What kind of execution an environment offers; read by policy, placement and replay. */
export interface Profile {
  readonly instructionSets: readonly InstructionSet[];
  readonly memory: {
    readonly model: "linear" | "paged" | "gc-heap" | "word-addressed";
    readonly ordering: "sequential" | "tso" | "relaxed" | "none";
    readonly isShared: boolean;
    readonly bytesMax: number;
  };
  readonly concurrency: {
    readonly scheduling: "run-to-completion" | "cooperative" | "preemptive";
    readonly threads: number;
    readonly isReentrant: boolean;
    /** Where a running guest can be stopped. */
    readonly interrupt: "never" | "safepoint" | "anywhere";
  };
  readonly determinism: {
    readonly grade: "none" | "replayable" | "bit-exact";
    readonly sources: readonly NondeterminismSource[];
  };
  /** `captured`: every write is returned, none is applied. */
  readonly effects: "captured" | "external";
  readonly isolation: "none" | "language" | "process" | "kernel" | "hypervisor";
}

/** Where two executions of one thing could differ. */
export type NondeterminismSource =
  | "clock"
  | "random"
  | "threads"
  | "float-nan"
  | "host-io"
  | "address-layout";

const closed = { additionalProperties: false } as const;

const literals = <const T extends string>(...values: readonly T[]) =>
  Type.Union(values.map((each) => Type.Literal(each)) as [Type.TLiteral<T>]);

export const profileSchema: Schema<Profile> = defineSchema(
  Type.Object(
    {
      instructionSets: Type.Array(
        Type.Object(
          {
            family: Type.String({ minLength: 1, maxLength: 64 }),
            revision: Type.String({ maxLength: 64 }),
            extensions: Type.Array(Type.String({ maxLength: 64 }), { maxItems: 64 }),
          },
          closed,
        ),
        { minItems: 1, maxItems: 16 },
      ),
      memory: Type.Object(
        {
          model: literals("linear", "paged", "gc-heap", "word-addressed"),
          ordering: literals("sequential", "tso", "relaxed", "none"),
          isShared: Type.Boolean(),
          bytesMax: Type.Integer({ minimum: 0 }),
        },
        closed,
      ),
      concurrency: Type.Object(
        {
          scheduling: literals("run-to-completion", "cooperative", "preemptive"),
          threads: Type.Integer({ minimum: 1 }),
          isReentrant: Type.Boolean(),
          interrupt: literals("never", "safepoint", "anywhere"),
        },
        closed,
      ),
      determinism: Type.Object(
        {
          grade: literals("none", "replayable", "bit-exact"),
          sources: Type.Array(
            literals("clock", "random", "threads", "float-nan", "host-io", "address-layout"),
            { maxItems: 6 },
          ),
        },
        closed,
      ),
      effects: literals("captured", "external"),
      isolation: literals("none", "language", "process", "kernel", "hypervisor"),
    },
    closed,
  ),
);

import { defineSchema, type Schema, Type } from "@bedplate/schema";

/** Upper bounds of one execution or instance. A member that is absent is bounded by policy alone. */
export interface Budget {
  /** Units of deterministic work; the environment's profile says what one unit is (an EVM's gas, a Wasm cost). */
  readonly fuel?: number | undefined;
  readonly wallMs?: number | undefined;
  readonly cpuMs?: number | undefined;
  readonly memoryBytes?: number | undefined;
  /** Result bytes plus event bytes. */
  readonly outputBytes?: number | undefined;
  /** Nested guest calls, in frames of ordinary size. */
  readonly depth?: number | undefined;
}

/** What an execution used. */
export interface Usage {
  readonly fuel: number;
  readonly wallMs: number;
  readonly cpuMs: number;
  /** Peak. */
  readonly memoryBytes: number;
  readonly outputBytes: number;
}

/** What can run out. */
export type Meter = keyof Budget;

const amount = () => Type.Optional(Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER }));

export const budgetSchema: Schema<Budget> = defineSchema(
  Type.Object(
    {
      fuel: amount(),
      wallMs: amount(),
      cpuMs: amount(),
      memoryBytes: amount(),
      outputBytes: amount(),
      depth: amount(),
    },
    { additionalProperties: false },
  ),
);

/** Every meter, in the order of the schema. */
export const meters: readonly Meter[] = [
  "fuel",
  "wallMs",
  "cpuMs",
  "memoryBytes",
  "outputBytes",
  "depth",
];

/** Usage of something that has not run. */
export const noUsage: Usage = { fuel: 0, wallMs: 0, cpuMs: 0, memoryBytes: 0, outputBytes: 0 };

/** The smaller bound of each meter. */
export function tightenBudget(asked: Budget, ceiling: Budget): Budget {
  const result: { [M in Meter]?: number } = {};
  for (const meter of meters) {
    const bound = Math.min(
      asked[meter] ?? Number.POSITIVE_INFINITY,
      ceiling[meter] ?? Number.POSITIVE_INFINITY,
    );
    if (bound !== Number.POSITIVE_INFINITY) result[meter] = bound;
  }
  return result;
}

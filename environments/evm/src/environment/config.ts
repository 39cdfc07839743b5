import { defineSchema, type Schema, Type } from "@bedplate/schema";
import { type ForkName, forkDefault, forkNames } from "../forks/fork.ts";

/** The config of a release of this environment. */
export interface EvmConfig {
  /** Linear memory of one execution of the compiling engine. */
  readonly memoryMaxMiB: number;
  /** When the compiling engine compiles code; `off` leaves everything to its interpreter. */
  readonly tierOne: "background" | "immediate" | "off";
}

/** How one instance runs. */
export interface EvmInstanceConfig {
  /** Whether accounts and storage live on between runs of the instance. */
  readonly session: boolean;
  /** Rules by which code runs; a chain names its own. */
  readonly fork: ForkName;
}

/** A fork by its name, as an operator or a chain writes it. */
export const forkType: Type.TUnsafe<ForkName> = Type.Unsafe<ForkName>(
  Type.Enum([...forkNames], { default: forkDefault }),
);

export const evmConfigSchema: Schema<EvmConfig> = defineSchema(
  Type.Object(
    {
      memoryMaxMiB: Type.Integer({ default: 2_047, minimum: 640, maximum: 2_047 }),
      tierOne: Type.Union(
        [Type.Literal("background"), Type.Literal("immediate"), Type.Literal("off")],
        { default: "background" },
      ),
    },
    { additionalProperties: false },
  ),
);

export const evmInstanceSchema: Schema<EvmInstanceConfig> = defineSchema(
  Type.Object(
    { session: Type.Boolean({ default: false }), fork: forkType },
    { additionalProperties: false },
  ),
);

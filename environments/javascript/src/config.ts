import { defineSchema, type Schema, Type } from "@bedplate/schema";
import type { ProfileName } from "./guest/run-plan.ts";

/** The config of a release of this environment. */
export interface JavascriptConfig {
  /** Threads that guests run in, each one run at a time. */
  readonly threadsMax: number;
  /** Runs that wait for a thread. */
  readonly waitingRunsMax: number;
  /** Largest artifact. */
  readonly artifactBytesMax: number;
  /** Artifacts that are kept decoded. */
  readonly artifactsKeptMax: number;
  /** Memory of a guest whose budget says nothing, and the most that a budget may say. */
  readonly memoryBytesMax: number;
}

/** How one instance runs. */
export interface JavascriptInstanceConfig {
  /** Whether state lives on between runs of the instance. */
  readonly session: boolean;
  readonly profile: ProfileName;
}

const mebibyte: number = 1024 * 1024;

export const configSchema: Schema<JavascriptConfig> = defineSchema(
  Type.Object(
    {
      threadsMax: Type.Integer({ default: 2, minimum: 1, maximum: 64 }),
      waitingRunsMax: Type.Integer({ default: 1024, minimum: 1, maximum: 65_536 }),
      artifactBytesMax: Type.Integer({
        default: 4 * mebibyte,
        minimum: 1,
        maximum: 16 * mebibyte,
      }),
      artifactsKeptMax: Type.Integer({ default: 64, minimum: 1, maximum: 4096 }),
      memoryBytesMax: Type.Integer({
        default: 256 * mebibyte,
        minimum: 4 * mebibyte,
        maximum: 1024 * mebibyte,
      }),
    },
    { additionalProperties: false },
  ),
);

export const instanceSchema: Schema<JavascriptInstanceConfig> = defineSchema(
  Type.Object(
    {
      session: Type.Boolean({ default: false }),
      profile: Type.Union([Type.Literal("deterministic"), Type.Literal("normal")], {
        default: "deterministic",
      }),
    },
    { additionalProperties: false },
  ),
);

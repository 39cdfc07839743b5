import { digestValue } from "@bedplate/codec";
import {
  type InvokeParams,
  type Manifest,
  type ObserveParams,
  type Profile,
  type RewindParams,
  speaks,
} from "@bedplate/environment";
import { forkDefault } from "../forks/fork.ts";
import type { EngineName } from "../open-engine.ts";
import { evmConfigSchema, evmInstanceSchema } from "./config.ts";
import { nestingMax } from "./session-world.ts";

/** Version of this package. */
const evmVersion = "0.1.0";

/** Changes whenever the same invocation may give another receipt. */
const executionVersion = 2;

/** Longest input of a run. */
export const inputBytesMax: number = 1024 * 1024;

/** Most bytes of logs and output, where the budget says nothing; also the most that can be declared. */
export const outputBytesMax: number = 16 * 1024 * 1024;

/** The facets that this environment declares. */
export interface EvmDeclares {
  readonly invoke: InvokeParams;
  readonly rewind: RewindParams;
  readonly observe: ObserveParams;
}

export const evmDeclares: EvmDeclares = {
  invoke: {
    inputBytesMax,
    outputBytesMax,
    meters: ["fuel", "wallMs", "outputBytes"],
    crossCalls: false,
    checks: true,
    credits: true,
  },
  rewind: { cost: "constant", nesting: nestingMax, covers: ["memory"], outbound: "buffered" },
  observe: { points: ["run-start", "run-end"], isLossy: true },
};

/** The manifest of one engine. All but the name, the build and the config is the same for both. */
export function evmManifest(engine: EngineName): Manifest<EvmDeclares> {
  const name = `evm-${engine}`;
  const build = digestValue([name, evmVersion, ["execution", executionVersion]]);
  return {
    plugin: { name, version: evmVersion, build },
    speaks: speaks(["invoke", "rewind", "observe"]),
    profile,
    declares: evmDeclares,
    configSchema: evmConfigSchema.jsonSchema,
    instanceSchema: evmInstanceSchema.jsonSchema,
    dependsOn: [],
    wants: ["blob:read"],
    features: [],
    recognises: [{ extension: ".evm" }, { extension: ".hex" }],
  };
}

/** Part of every receipt, and therefore the same for every engine. */
const profile: Profile = {
  instructionSets: [{ family: "evm", revision: forkDefault, extensions: [] }],
  memory: { model: "word-addressed", ordering: "sequential", isShared: false, bytesMax: 2 ** 31 },
  concurrency: {
    scheduling: "run-to-completion",
    threads: 1,
    isReentrant: true,
    interrupt: "safepoint",
  },
  determinism: { grade: "bit-exact", sources: [] },
  effects: "captured",
  isolation: "language",
};

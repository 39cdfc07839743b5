import { type Digest, digestValue } from "@bedplate/codec";
import {
  type InvokeParams,
  type Manifest,
  type ObserveParams,
  type Permission,
  type Profile,
  type RewindParams,
  speaks,
} from "@bedplate/environment";
import { costTableVersion, rewriteVersion } from "@bedplate/wasm-module";
import { wasmConfigSchema, wasmInstanceSchema } from "./config.ts";
import { contractFunctions } from "./contract/contract-imports.ts";
import { hostCostsVersion } from "./contract/host-costs.ts";
import {
  type HostFunction,
  hostFunctionField,
  hostFunctionPermission,
} from "./extension/host-function.ts";
import { outputBytesMax } from "./run/invocation-run.ts";
import { nestingMax } from "./session/rewind-facet.ts";

/** Name of this environment. */
export const wasmName = "wasm";

/** Version of this package. */
export const wasmVersion = "0.1.0";

/** Longest input of a run. */
export const inputBytesMax: number = 16 * 1024 * 1024;

/** What can be watched. */
export const observationPoints: readonly string[] = ["run-start", "memory-grow", "run-end"];

/** The facets that this environment declares. */
export interface WasmDeclares {
  readonly invoke: InvokeParams;
  readonly rewind: RewindParams;
  readonly observe: ObserveParams;
}

/** What each of them says. */
export const wasmDeclares: WasmDeclares = {
  invoke: {
    inputBytesMax,
    outputBytesMax,
    meters: ["fuel", "wallMs", "memoryBytes", "outputBytes", "depth"],
    crossCalls: true,
  },
  rewind: { cost: "full", nesting: nestingMax, covers: ["memory"], outbound: "buffered" },
  observe: { points: observationPoints, isLossy: true },
};

/** The manifest with some host functions. */
export function wasmManifest(hostFunctions: readonly HostFunction[]): Manifest<WasmDeclares> {
  const fields = hostFunctions.map(hostFunctionField).sort();
  const wants: readonly Permission[] = ["blob:read", "cache"];
  return {
    plugin: { name: wasmName, version: wasmVersion, build: buildDigest(fields) },
    speaks: speaks(["invoke", "rewind", "observe"]),
    profile: profileWith(fields),
    declares: wasmDeclares,
    configSchema: wasmConfigSchema.jsonSchema,
    instanceSchema: wasmInstanceSchema.jsonSchema,
    dependsOn: [],
    wants: [...wants, ...hostFunctions.map(hostFunctionPermission)],
    features: [],
    recognises: [{ extension: ".wasm", magic: "0061736d" }],
  };
}

/** All that decides what a run gives: sources of one version always have the same numbers. */
function buildDigest(fields: readonly string[]): Digest {
  return digestValue([
    wasmName,
    wasmVersion,
    ["rewrite", rewriteVersion],
    ["costs", costTableVersion, hostCostsVersion],
    Object.entries(contractFunctions).map(([name, type]) => `${name} ${type}`),
    [...fields],
  ]);
}

/** The deterministic profile; an instance with the normal one says so in its own config. */
function profileWith(fields: readonly string[]): Profile {
  return {
    instructionSets: [
      {
        family: "wasm",
        revision: "3.0",
        extensions: ["wasi-preview1", "bedplate-1", ...fields.map((each) => `ext:${each}`)],
      },
    ],
    memory: { model: "linear", ordering: "sequential", isShared: false, bytesMax: 2 ** 32 },
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
}

import { digestValue } from "@bedplate/codec";
import { type Manifest, type Profile, speaks } from "@bedplate/environment";
import { configSchema, instanceSchema } from "./config.ts";
import { engineCacheKey, quickJsVersion } from "./quickjs/metered-quickjs.ts";

const mebibyte: number = 1024 * 1024;

/** Largest input of a run. */
export const inputBytesMax: number = 16 * mebibyte;

/** Most output and events of a run. */
export const outputBytesMax: number = 16 * mebibyte;

/** Marks that may be open at once. */
export const marksMax = 16;

/** What can be watched. */
export const observePoints = ["run-start", "run-end"] as const;

const profile: Profile = {
  instructionSets: [
    {
      family: "javascript",
      revision: "es2025",
      extensions: ["console", "timers", "encoding", "structured-clone", "get-random-values"],
    },
  ],
  memory: { model: "gc-heap", ordering: "sequential", isShared: false, bytesMax: 1024 * mebibyte },
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

/** The facets of this environment. */
export interface JavascriptDeclares {
  readonly invoke: {
    readonly inputBytesMax: number;
    readonly outputBytesMax: number;
    readonly meters: readonly ["fuel", "wallMs", "memoryBytes", "outputBytes"];
    readonly crossCalls: false;
  };
  readonly rewind: {
    readonly cost: "constant";
    readonly nesting: number;
    readonly covers: readonly ["memory"];
    readonly outbound: "buffered";
  };
  readonly observe: { readonly points: readonly string[]; readonly isLossy: true };
}

const version = "0.1.0";

/** Everything that a host may know of this environment without running it. */
export const manifest: Manifest<JavascriptDeclares> = {
  plugin: {
    name: "javascript",
    version,
    build: digestValue([
      "@bedplate/environment-javascript",
      version,
      quickJsVersion,
      engineCacheKey,
    ]),
  },
  speaks: speaks(["invoke", "rewind", "observe"]),
  profile,
  declares: {
    invoke: {
      inputBytesMax,
      outputBytesMax,
      meters: ["fuel", "wallMs", "memoryBytes", "outputBytes"],
      crossCalls: false,
    },
    rewind: { cost: "constant", nesting: marksMax, covers: ["memory"], outbound: "buffered" },
    observe: { points: observePoints, isLossy: true },
  },
  configSchema: configSchema.jsonSchema,
  instanceSchema: instanceSchema.jsonSchema,
  dependsOn: [],
  wants: ["blob:read"],
  features: [],
  recognises: [{ extension: ".js" }, { extension: ".mjs" }],
};

import {
  type InvokeParams,
  type Manifest,
  type ObserveParams,
  type RewindParams,
  speaks,
} from "@bedplate/environment";
import { defineSchema, type Schema, Type } from "@bedplate/schema";
import { memoryPagesMax } from "../channel/rewrite-options.ts";
import { buildDigest, engineVersion, packageVersion } from "./build-facts.ts";

/** What the environment declares. */
export interface PythonDeclares {
  readonly invoke: InvokeParams;
  readonly rewind: RewindParams;
  readonly observe: ObserveParams;
}

/** How a release is run on a host. */
export interface PythonConfig {
  /** Guest processes started ahead of need. Default: 1. */
  readonly warmProcesses?: number | undefined;
  /** Processes kept for the tenant that they served. Default: 4. */
  readonly keptProcesses?: number | undefined;
  /** Guest processes at once. Default: 8. */
  readonly processesMax?: number | undefined;
  /** Folder of pure Python wheels (`*.whl`) that every script can import; absolute. */
  readonly packagesPath?: string | undefined;
}

/** How one instance runs its script. */
export interface PythonInstanceConfig {
  /** State lives on between runs. Default: false. */
  readonly session?: boolean | undefined;
  /** Where time and chance come from. Default: the invocation alone. */
  readonly profile?: "deterministic" | "normal" | undefined;
  /** Name of the script in tracebacks and in its folder. Default: `main.py`. */
  readonly scriptName?: string | undefined;
}

const closed = { additionalProperties: false } as const;

export const configSchema: Schema<PythonConfig> = defineSchema(
  Type.Object(
    {
      warmProcesses: Type.Optional(Type.Integer({ minimum: 0, maximum: 64, default: 1 })),
      keptProcesses: Type.Optional(Type.Integer({ minimum: 0, maximum: 256, default: 4 })),
      processesMax: Type.Optional(Type.Integer({ minimum: 1, maximum: 256, default: 8 })),
      packagesPath: Type.Optional(Type.String({ minLength: 1, maxLength: 4096 })),
    },
    closed,
  ),
);

export const instanceSchema: Schema<PythonInstanceConfig> = defineSchema(
  Type.Object(
    {
      session: Type.Optional(Type.Boolean({ default: false })),
      profile: Type.Optional(
        Type.Union([Type.Literal("deterministic"), Type.Literal("normal")], {
          default: "deterministic",
        }),
      ),
      scriptName: Type.Optional(
        Type.String({ pattern: "^[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}$", default: "main.py" }),
      ),
    },
    closed,
  ),
);

/** An instance's config with nothing left out. */
export interface SettledConfig {
  readonly session: boolean;
  readonly profile: "deterministic" | "normal";
  readonly scriptName: string;
}

/** The config with its defaults, whether or not the host filled them in. */
export function settleConfig(config: unknown): SettledConfig {
  const given = instanceSchema.parse(config, { what: "the instance config" });
  return {
    session: given.session ?? false,
    profile: given.profile ?? "deterministic",
    scriptName: given.scriptName ?? "main.py",
  };
}

/** Greatest memory of a guest, in bytes. */
export const memoryBytesMax: number = memoryPagesMax * 65_536;

/** Memory of a guest whose budget does not say. */
export const memoryBytesDefault: number = 512 * 1024 * 1024;

/** Marks that may be open at once; each holds a copy of the guest's memory. */
export const nestingMax = 4;

/** What can be watched. */
export const observePoints: readonly string[] = ["run-start", "event", "run-end"];

const declares: PythonDeclares = {
  invoke: {
    inputBytesMax: 32 * 1024 * 1024,
    outputBytesMax: 16 * 1024 * 1024,
    meters: ["fuel", "wallMs", "memoryBytes", "outputBytes"],
    crossCalls: false,
  },
  rewind: { cost: "full", nesting: nestingMax, covers: ["memory"], outbound: "buffered" },
  observe: { points: observePoints, isLossy: true },
};

/** Everything a host may know of this environment without running it. */
export const pythonManifest: Manifest<PythonDeclares> = {
  plugin: { name: "python", version: packageVersion, build: buildDigest() },
  speaks: speaks(["invoke", "rewind", "observe"]),
  profile: {
    instructionSets: [{ family: "python", revision: "3.14", extensions: [engineVersion] }],
    memory: {
      model: "gc-heap",
      ordering: "sequential",
      isShared: false,
      bytesMax: memoryBytesMax,
    },
    concurrency: {
      scheduling: "run-to-completion",
      threads: 1,
      isReentrant: false,
      interrupt: "anywhere",
    },
    determinism: { grade: "replayable", sources: [] },
    effects: "captured",
    isolation: "process",
  },
  declares,
  configSchema: configSchema.jsonSchema,
  instanceSchema: instanceSchema.jsonSchema,
  dependsOn: [],
  wants: ["blob:read"],
  features: [],
  recognises: [{ extension: ".py" }],
};

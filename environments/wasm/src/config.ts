import { defineSchema, type Schema, Type } from "@bedplate/schema";

/** How the instances of a module come to be. All three give the same receipts. */
export type AllocatorKind =
  /** A new instance for each run. */
  | "on-demand"
  /** Instances are kept, and put back to their base state after each run. */
  | "pooled"
  /** The module's initialisation runs once; each run starts from an image of what it left. */
  | "snapshot";

/** The config of a release of this environment. */
export interface WasmConfig {
  readonly allocator: AllocatorKind;
  /** Compiled modules that are kept. */
  readonly modulesMax: number;
  /** Bytes of compiled modules that are kept, counted as the bytes they were compiled from. */
  readonly modulesBytesMax: number;
  /** Largest artifact. */
  readonly moduleBytesMax: number;
  /** Idle instances that are kept for each module. */
  readonly idleInstancesMax: number;
  /** Memory up to which an instance is reset rather than made anew. */
  readonly resetBytesMax: number;
  /** Memory of a guest whose budget says nothing. */
  readonly memoryBytesMax: number;
  /** Greatest call depth, in the smallest frames; what fits the engine's own stack with ease. */
  readonly depthMax: number;
  /** Fuel of a module's own initialisation. */
  readonly initialisationFuelMax: number;
  /** Elements of each of a guest's tables. */
  readonly tableElementsMax: number;
}

/** How one instance runs. */
export interface WasmInstanceConfig {
  /** Whether state lives on between runs of the instance. */
  readonly session: boolean;
  readonly profile: WasmProfileName;
}

/** `deterministic`: bit-exact everywhere; `normal`: real clock and chance, NaN bits as they come. */
export type WasmProfileName = "deterministic" | "normal";

const mebibyte: number = 1024 * 1024;

const bounded = (range: {
  readonly default: number;
  readonly minimum: number;
  readonly maximum: number;
}) => Type.Integer(range);

export const wasmConfigSchema: Schema<WasmConfig> = defineSchema(
  Type.Object(
    {
      allocator: Type.Union(
        [Type.Literal("on-demand"), Type.Literal("pooled"), Type.Literal("snapshot")],
        { default: "pooled" },
      ),
      modulesMax: bounded({ default: 256, minimum: 1, maximum: 65_536 }),
      modulesBytesMax: bounded({
        default: 512 * mebibyte,
        minimum: mebibyte,
        maximum: 65_536 * mebibyte,
      }),
      moduleBytesMax: bounded({
        default: 64 * mebibyte,
        minimum: 1_024,
        maximum: 1_024 * mebibyte,
      }),
      idleInstancesMax: bounded({ default: 4, minimum: 0, maximum: 256 }),
      resetBytesMax: bounded({ default: 4 * mebibyte, minimum: 0, maximum: 256 * mebibyte }),
      memoryBytesMax: bounded({
        default: 512 * mebibyte,
        minimum: 65_536,
        maximum: 4_096 * mebibyte,
      }),
      depthMax: bounded({ default: 4_096, minimum: 16, maximum: 4_096 }),
      initialisationFuelMax: bounded({
        default: 1_000_000_000,
        minimum: 0,
        maximum: 1_000_000_000_000,
      }),
      tableElementsMax: bounded({ default: 1_000_000, minimum: 0, maximum: 10_000_000 }),
    },
    { additionalProperties: false },
  ),
);

export const wasmInstanceSchema: Schema<WasmInstanceConfig> = defineSchema(
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

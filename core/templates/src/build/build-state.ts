import { posix } from "node:path";
import { type CborValue, type Digest, digestValue } from "@bedplate/codec";
import type { LayerBlobs, LayeredRoot, RootConfig } from "@bedplate/oci";
import type { BuildStep } from "../build-step.ts";
import type { DoneStep } from "../templates-tables.ts";

/** How the steps that need no machine change the config. */
export function configAfter(config: RootConfig, step: BuildStep): RootConfig {
  switch (step.kind) {
    case "ENV":
      return { ...config, env: { ...config.env, ...step.variables } };
    case "WORKDIR":
      return { ...config, workdir: posix.resolve(config.workdir ?? "/", step.path) };
    case "USER":
      return { ...config, user: step.name };
    case "CMD":
      return { ...config, cmd: step.words };
    default:
      return config;
  }
}

/** What a root is after a step. */
export function rootAfter(root: LayeredRoot, { layer, config }: DoneStep): LayeredRoot {
  const layers: readonly LayerBlobs[] = layer === undefined ? root.layers : [...root.layers, layer];
  return { ...root, layers, config };
}

/**
 * What a step's result depends on: what was before it, the step, and the bytes that it brings. Steps
 * that reach the network depend on more; whoever minds forces the build.
 */
export function stepDigest(root: LayeredRoot, step: BuildStep, files: string): Digest {
  const below = [root.base, ...root.layers.map(({ diffId }) => diffId)];
  // The name of uploaded files is their uploader's; their digest says what they are.
  const told = step.kind === "COPY" ? { ...step, files } : step;
  return digestValue([below, sorted(root.config), sorted(told)] as CborValue);
}

/** A value whose members have one order, and none that is undefined. */
function sorted(value: unknown): CborValue {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value as CborValue;
  const entries = Object.entries(value).filter(([, each]) => each !== undefined);
  return entries
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, each]) => [name, sorted(each)]) as CborValue;
}

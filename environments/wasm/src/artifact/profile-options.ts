import type { Feature, RewriteOptions } from "@bedplate/wasm-module";
import type { WasmConfig, WasmProfileName } from "../config.ts";
import { pagesIn } from "../run/page-count.ts";

/**
 * Features that cannot be repeated bit by bit or bounded: structures live on the engine's own heap,
 * relaxed vector operations differ between processors, and threads race.
 */
const deterministicRefuses: readonly Feature[] = ["gc", "relaxed-simd", "threads"];

/** How modules are rewritten for a profile. */
export function rewriteOptions(profile: WasmProfileName, config: WasmConfig): RewriteOptions {
  const isDeterministic = profile === "deterministic";
  return {
    fuel: true,
    depth: true,
    nan: isDeterministic ? "canonical" : "keep",
    refuse: isDeterministic ? deterministicRefuses : ["threads"],
    memoryPagesMax: pagesIn(config.memoryBytesMax),
    tableElementsMax: config.tableElementsMax,
    guardGrowth: true,
    exportState: true,
    limits: { moduleBytesMax: config.moduleBytesMax },
  };
}

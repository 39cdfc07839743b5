import { definePlugin, type Plugin } from "@bedplate/environment";
import { type EngineName, openEngine } from "../open-engine.ts";
import type { EvmConfig } from "./config.ts";
import { EvmEnvironment } from "./evm-environment.ts";
import { type EvmDeclares, evmManifest } from "./manifest.ts";

/** The environment on the compiling engine, as a plug-in. */
export function evmCompiledPlugin(): Plugin<EvmDeclares> {
  return pluginOf("compiled");
}

/** The environment on the reference engine, as a plug-in. It gives the same receipts. */
export function evmReferencePlugin(): Plugin<EvmDeclares> {
  return pluginOf("reference");
}

function pluginOf(name: EngineName): Plugin<EvmDeclares> {
  const manifest = evmManifest(name);
  return definePlugin<EvmDeclares>({
    manifest,
    async open(host, config) {
      const { memoryMaxMiB, tierOne } = config as EvmConfig;
      const engine = await openEngine(name, { memoryMaxMiB, tierOne });
      const isScouted = name !== "compiled";
      const scout = isScouted ? await openEngine("compiled", { tierOne: "off" }) : undefined;
      return new EvmEnvironment({ host, engine, scout, build: manifest.plugin.build });
    },
  });
}

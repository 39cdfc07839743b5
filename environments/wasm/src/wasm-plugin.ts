import { definePlugin, type Plugin } from "@bedplate/environment";
import type { WasmConfig } from "./config.ts";
import { checkHostFunctions } from "./extension/check-host-functions.ts";
import type { HostFunction } from "./extension/host-function.ts";
import { type WasmDeclares, wasmManifest } from "./manifest.ts";
import { WasmEnvironment } from "./wasm-environment.ts";

/** What an operator adds to the environment. */
export interface WasmPluginOptions {
  /** Functions that guests may import from `bedplate_ext`, each under its own permission. */
  readonly hostFunctions?: readonly HostFunction[] | undefined;
}

/** The environment as a plug-in. */
export function wasmPlugin(options: WasmPluginOptions = {}): Plugin<WasmDeclares> {
  const hostFunctions = [...(options.hostFunctions ?? [])];
  checkHostFunctions(hostFunctions);
  const manifest = wasmManifest(hostFunctions);
  return definePlugin<WasmDeclares>({
    manifest,
    async open(host, config) {
      const { build } = manifest.plugin;
      return new WasmEnvironment({ host, config: config as WasmConfig, hostFunctions, build });
    },
  });
}

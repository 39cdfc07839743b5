import { definePlugin, type Plugin } from "@bedplate/environment";
import { PythonEnvironment } from "./python-environment.ts";
import { configSchema, type PythonDeclares, pythonManifest } from "./python-manifest.ts";

/** CPython in WebAssembly, each guest in a process of its own. */
export const pythonPlugin: Plugin<PythonDeclares> = definePlugin<PythonDeclares>({
  manifest: pythonManifest,
  async open(host, config) {
    return new PythonEnvironment(host, configSchema.parse(config));
  },
});

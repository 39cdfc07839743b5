import { definePlugin, type Plugin } from "@bedplate/environment";
import { configSchema, settleConfig } from "./config.ts";
import { type ContainerDeclares, containerManifest } from "./manifest.ts";
import { openContainers } from "./open-containers.ts";

/** Containers of crun or runc. */
export const containerPlugin: Plugin<ContainerDeclares> = definePlugin<ContainerDeclares>({
  manifest: containerManifest,
  async open(host, config) {
    return openContainers(host, settleConfig(configSchema.parse(config)));
  },
});

import { definePlugin, type EnvironmentDriver, type Plugin } from "@bedplate/environment";
import { configSchema, settleConfig } from "./config.ts";
import {
  type ContainerDeclares,
  containerManifest,
  type GvisorDeclares,
  gvisorManifest,
} from "./manifest.ts";
import { openContainers } from "./open-containers.ts";

/** Containers of crun or runc. */
export const containerPlugin: Plugin<ContainerDeclares> = definePlugin<ContainerDeclares>({
  manifest: containerManifest,
  async open(host, config) {
    return openContainers(host, {
      config: settleConfig(configSchema.parse(config)),
      kind: "container",
    });
  },
});

/** Machines of gVisor: the same, behind a kernel of their own, with memory in their snapshots. */
export const gvisorPlugin: Plugin<GvisorDeclares> = definePlugin<GvisorDeclares>({
  manifest: gvisorManifest,
  async open(host, config) {
    const settled = settleConfig({ ...defaults, ...configSchema.parse(config) });
    const opened = await openContainers(host, { config: settled, kind: "gvisor" });
    // Its machines leave out `egress`, as their runtime says.
    return opened as unknown as EnvironmentDriver<GvisorDeclares>;
  },
});

/** Two environments of one server are two owners of folders; numbers of berths they share. */
const defaults = { warmNetworks: 0 };

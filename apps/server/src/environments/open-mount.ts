import { newCall, openEnvironment, type Plugin } from "@bedplate/environment";
import type { Bundle, Mount, OpenMount } from "@bedplate/registry";
import type { ServerConfig } from "../config.ts";
import { type HostModules, hostPortFor } from "../host.ts";

/** How long opening and closing an environment may take: a first start may have to build a snapshot. */
const openTimeoutMs = 120_000;
const closeTimeoutMs = 10_000;

/** Opens bundles where the configuration says. */
export function createOpenMount(options: {
  readonly config: ServerConfig;
  readonly host: HostModules;
  readonly isEmbedded?: boolean | undefined;
}): OpenMount {
  return (bundle) => mountInProcess(bundle, options.host);
}

async function mountInProcess(bundle: Bundle, host: HostModules): Promise<Mount> {
  const plugin: Plugin = bundle.plugin;
  const { name } = plugin.manifest.plugin;
  const port = hostPortFor({ name, grants: bundle.grants ?? [] }, host);
  const call = newCall({ principal: "server", timeoutMs: openTimeoutMs });
  const environment = await openEnvironment(plugin, { host: port, config: bundle.config }, call);
  return {
    environment,
    close: () => environment.close(newCall({ principal: "server", timeoutMs: closeTimeoutMs })),
  };
}

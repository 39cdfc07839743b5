import { availableParallelism } from "node:os";
import { type Call, newCall } from "@bedplate/environment";
import { type Mount as Mounting, mountInThread, mountInWorker } from "@bedplate/environment-remote";
import type { Bundle, Mount, OpenMount } from "@bedplate/registry";
import type { MountKind, ServerConfig } from "../config.ts";
import { type HostModules, hostPortFor } from "../host.ts";
import { catalog } from "./catalog.ts";

/** How long opening and closing an environment may take: a first start may have to build a snapshot. */
const openTimeoutMs = 120_000;
const closeTimeoutMs = 10_000;

interface OpenMountModules {
  readonly config: ServerConfig;
  readonly host: HostModules;
  readonly isEmbedded?: boolean | undefined;
}

/** Opens bundles where the configuration says; an embedded server has them all in its own thread. */
export function createOpenMount(modules: OpenMountModules): OpenMount {
  return async (bundle) => {
    const { name } = bundle.plugin.manifest.plugin;
    const call = newCall({ principal: "server", timeoutMs: openTimeoutMs });
    const mounting = await mount(bundle, { kind: kindOf(name, modules), call });
    try {
      const host = hostPortFor({ name, grants: bundle.grants ?? [] }, modules.host);
      const environment = await mounting.open({ host, config: bundle.config }, call);
      return toMount(environment, mounting);
    } catch (error) {
      await mounting.close();
      throw error;
    }
  };
}

function kindOf(name: string, { config, isEmbedded }: OpenMountModules): MountKind {
  const standard = catalog.find((each) => each.slot === name)?.mount ?? "in-process";
  return config.environments[name]?.mount ?? (isEmbedded === true ? "in-process" : standard);
}

async function mount(
  bundle: Bundle,
  options: { readonly kind: MountKind; readonly call: Call },
): Promise<Mounting> {
  const entry = catalog.find((each) => each.slot === bundle.plugin.manifest.plugin.name);
  if (options.kind === "in-process" || entry === undefined) return mountInThread(bundle.plugin);
  const { module, exportName } = entry;
  return mountInWorker({ module, exportName, workers: availableParallelism() }, options.call);
}

function toMount(environment: Mount["environment"], mounting: Mounting): Mount {
  return {
    environment,
    close: async () => {
      await environment.close(newCall({ principal: "server", timeoutMs: closeTimeoutMs }));
      await mounting.close();
    },
  };
}

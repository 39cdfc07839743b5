import { availableParallelism } from "node:os";
import { extname } from "node:path";
import { fileURLToPath } from "node:url";
import { type Call, newCall } from "@bedplate/environment";
import {
  type Mount as Mounting,
  mountInProcess,
  mountInThread,
  mountInWorker,
} from "@bedplate/environment-remote";
import type { Bundle, Mount, OpenMount } from "@bedplate/registry";
import type { Log } from "@bedplate/telemetry";
import type { MountKind, ServerConfig } from "../config.ts";
import { type HostModules, hostPortFor } from "../host.ts";
import { type CatalogEntry, catalog } from "./catalog.ts";

/** How long opening and closing an environment may take: a first start may have to build a snapshot. */
const openTimeoutMs = 120_000;
const closeTimeoutMs = 10_000;

interface OpenMountModules {
  readonly config: ServerConfig;
  readonly host: HostModules;
  /** One caller: one thread for each environment is enough. */
  readonly isEmbedded?: boolean | undefined;
}

/** Opens bundles where the configuration says, else where the catalog does. */
export function createOpenMount(modules: OpenMountModules): OpenMount {
  return async (bundle) => {
    const { name } = bundle.plugin.manifest.plugin;
    const call = newCall({ principal: "server", timeoutMs: openTimeoutMs });
    const mounting = await mount(bundle, {
      kind: kindOf(name, modules),
      workers: modules.isEmbedded === true ? 1 : availableParallelism(),
      call,
      log: modules.host.log.child({ environment: name }),
    });
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
  const entry = catalog.find((each) => each.slot === name);
  const standard = isEmbedded === true ? entry?.embeddedMount : entry?.mount;
  return config.environments[name]?.mount ?? standard ?? "in-process";
}

/** A bundle of its own has no module that a worker or a process could load: it stays in this thread. */
async function mount(
  bundle: Bundle,
  options: {
    readonly kind: MountKind;
    readonly workers: number;
    readonly call: Call;
    readonly log: Log;
  },
): Promise<Mounting> {
  const { kind, workers, call, log } = options;
  const entry = await entryOf(bundle);
  if (kind === "in-process" || entry === undefined) return mountInThread(bundle.plugin);
  const { module, exportName, slot } = entry;
  if (kind === "worker") return mountInWorker({ module, exportName, workers }, call);
  const args = ["--disable-warning=ExperimentalWarning", processMain, slot];
  return mountInProcess({ command: process.execPath, args, log }, call);
}

/** Stays what it is when the package is published as JavaScript. */
const processMain = fileURLToPath(
  new URL(`./plugin-process${extname(import.meta.url)}`, import.meta.url),
);

/** The catalog's entry where the bundle is that very build. */
async function entryOf(bundle: Bundle): Promise<CatalogEntry | undefined> {
  const { name, build } = bundle.plugin.manifest.plugin;
  const entry = catalog.find((each) => each.slot === name);
  const own = await entry?.load();
  return own?.manifest.plugin.build === build ? entry : undefined;
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

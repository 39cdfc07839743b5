import assert from "node:assert";
import { availableParallelism } from "node:os";
import { extname } from "node:path";
import { fileURLToPath } from "node:url";
import { type CborValue, digestValue } from "@bedplate/codec";
import { type Call, type Manifest, newCall } from "@bedplate/environment";
import {
  type Mount as Mounting,
  mountInProcess,
  mountInThread,
  mountInWorker,
} from "@bedplate/environment-remote";
import { raise } from "@bedplate/errors";
import { type Bundle, type Mount, type OpenMount, releaseId } from "@bedplate/registry";
import type { Log } from "@bedplate/telemetry";
import type { MountKind, ServerConfig } from "../config.ts";
import { type HostModules, hostPortFor } from "../host.ts";
import { verifyOrigin } from "../plugins/find-origin.ts";
import { mountOrigin } from "../plugins/mount-origin.ts";
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
    const log = modules.host.log.child({ environment: name });
    const kind = kindOf(name, modules);
    const workers = modules.isEmbedded === true ? 1 : availableParallelism();
    const mounting =
      bundle.origin === undefined
        ? await mount(bundle, { kind, workers, call, log })
        : await mountPlugin(bundle, { modules, kind, call, log });
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
  const entry = catalog.find((each) => each.name === name);
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
  const { module, exportName } = entry;
  if (kind === "worker") return mountInWorker({ module, exportName, workers }, call);
  const args = ["--disable-warning=ExperimentalWarning", processMain, entry.name];
  return mountInProcess({ command: process.execPath, args, log }, call);
}

/** A plug-in of the host's files: what is mounted is what was reviewed. */
async function mountPlugin(
  { origin, plugin }: Bundle,
  options: {
    readonly modules: OpenMountModules;
    readonly kind: MountKind;
    readonly call: Call;
    readonly log: Log;
  },
): Promise<Mounting> {
  const { modules, kind, call, log } = options;
  assert(origin !== undefined);
  await verifyOrigin(origin, modules.config.plugins);
  const mounting = await mountOrigin(origin, { call, log, kind });
  const [expected, actual] = [plugin.manifest, mounting.manifest].map(digestManifest);
  if (expected === actual) return mounting;
  await mounting.close();
  throw raise("digest.mismatch", {
    op: "environment.mount",
    blame: "plugin",
    detail: { expected: expected ?? "", actual: actual ?? "" },
    message: `Cannot mount ${releaseId(plugin.manifest.plugin)}: its manifest is not the one that was registered`,
  });
}

/** Of the JSON: that is the form in which a manifest is kept. */
function digestManifest(manifest: Manifest): string {
  return digestValue(JSON.parse(JSON.stringify(manifest)) as CborValue);
}

/** Stays what it is when the package is published as JavaScript. */
const processMain = fileURLToPath(
  new URL(`./plugin-process${extname(import.meta.url)}`, import.meta.url),
);

/** The catalog's entry where the bundle is that very build. */
async function entryOf(bundle: Bundle): Promise<CatalogEntry | undefined> {
  const { name, build } = bundle.plugin.manifest.plugin;
  const entry = catalog.find((each) => each.name === name);
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

import { type AccessModules, Keys, Projects } from "@bedplate/access";
import { type Clock, newId, type Random, systemClock, systemRandom } from "@bedplate/clock";
import { digestBytes } from "@bedplate/codec";
import { facetNames, type Offer, speaks } from "@bedplate/environment";
import { sweepSocketFolders } from "@bedplate/environment-remote";
import { Registry, type RegistryModules } from "@bedplate/registry";
import { Artifacts } from "@bedplate/runs";
import type { StateStore } from "@bedplate/state";
import type { Log } from "@bedplate/telemetry";
import type { ServerConfig } from "./config.ts";
import type { MissingSlot } from "./environments/catalog.ts";
import { mountAll } from "./environments/mount-all.ts";
import { createOpenMount } from "./environments/open-mount.ts";
import type { AppParts } from "./http/app.ts";
import { openPlaceId } from "./place-id.ts";
import { Plugins } from "./plugins/plugins.ts";
import { refuseHalfCopy } from "./providers/copy-mark.ts";
import { openProviders, type Providers } from "./providers/open-providers.ts";
import { ProviderHealthCheck } from "./providers/provider-health.ts";
import type { Telemetry } from "./telemetry.ts";
import { serverVersion } from "./version.ts";

/** What a server and an agent have in common: where things are kept, and what is mounted. */
export interface OpenedHost extends AsyncDisposable {
  readonly providers: Providers;
  readonly shared: {
    readonly state: StateStore;
    readonly clock: Clock;
    readonly random: Random;
    readonly log: Log;
  };
  readonly artifacts: Artifacts;
  /** Names the data folder. */
  readonly place: string;
  /** Names this process. */
  readonly replica: string;
  readonly keys: Keys;
  readonly projects: Projects;
  readonly registry: Registry;
  readonly plugins: Plugins;
  readonly missing: readonly MissingSlot[];
  /** How it answers HTTP, whatever its endpoints are. */
  readonly appParts: AppParts;
}

export interface OpenHostOptions {
  readonly log: Log;
  readonly telemetry?: Telemetry | undefined;
  readonly slots?: readonly string[] | undefined;
  readonly isEmbedded?: boolean | undefined;
}

/** Opens the providers, and mounts the environments of this host. */
export async function openHost(
  config: ServerConfig,
  options: OpenHostOptions,
): Promise<OpenedHost> {
  const { log } = options;
  await using opened = new AsyncDisposableStack();
  const providers = opened.use(await openProviders(config, options));
  const { state, blobs, folder } = providers;
  await refuseHalfCopy(state);
  const artifacts = new Artifacts({ blobs, state: state.in("runs") });
  const place = await openPlaceId(folder);
  const shared = { state, clock: systemClock, random: systemRandom, log };
  const { keys, projects } = openAccess({ ...shared, state: state.in("access") });
  const host = { owner: place, artifacts, blobs, log };
  const openMount = createOpenMount({ config, host, ...options });
  const registry = opened.use(openRegistry(config, { ...shared, openMount }));
  // What killed servers and commands of this user left behind.
  await sweepSocketFolders();
  const plugins = new Plugins({ registry, config: config.plugins, log });
  const missing = await mountAll(registry, { config, plugins, log, only: options.slots });
  const replica = newId("replica", systemClock.now(), systemRandom);
  const health = new ProviderHealthCheck(providers);
  const appParts = {
    keys,
    log,
    version: serverVersion,
    bodyBytesMax: config.limits.bodyBytes,
    metrics: options.telemetry?.metrics,
    health: () => health.read(),
  };
  const resources = opened.move();
  return {
    ...{ providers, shared, artifacts, place, replica, keys, projects, registry, plugins, missing },
    appParts,
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
}

function openAccess(modules: AccessModules): { readonly keys: Keys; readonly projects: Projects } {
  return { keys: new Keys(modules), projects: new Projects(modules) };
}

function openRegistry(
  { trustedKeys }: ServerConfig,
  parts: Omit<RegistryModules, "hostOffer" | "trustedKeys">,
): Registry {
  const state = parts.state.in("registry");
  return new Registry({ ...parts, state, hostOffer: hostOffer(), trustedKeys });
}

/** What this host speaks, and who it is. */
function hostOffer(): Offer {
  const build = digestBytes(Buffer.from(`bedplate ${serverVersion}`));
  const nonce = Buffer.from(systemRandom.bytes(16)).toString("hex");
  const process = { build, startedAt: Date.now(), nonce };
  return { hello: 1, side: "host", process, speaks: speaks(facetNames), features: {}, has: [] };
}

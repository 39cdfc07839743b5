import { type Manifest, newCall, type Permission, type Plugin } from "@bedplate/environment";
import { raise, toFault } from "@bedplate/errors";
import type { Registry, ReleaseOrigin, ReleaseRecord } from "@bedplate/registry";
import { releaseId } from "@bedplate/registry";
import type { RegisterBody } from "@bedplate/routes";
import type { Log } from "@bedplate/telemetry";
import { findOrigin } from "./find-origin.ts";
import { mountOrigin } from "./mount-origin.ts";
import type { PluginsConfig } from "./plugins-config.ts";

/** How long a plug-in may take to start and say what it is. */
export const describeTimeoutMs = 30_000;

/** Longest manifest, in characters of JSON: it is kept with the release's record. */
export const manifestCharactersMax = 262_144;

interface PluginsModules {
  readonly registry: Registry;
  readonly config: PluginsConfig;
  readonly log: Log;
}

/** Releases whose code an operator brought: registered from the host's files, and again at each start. */
export class Plugins {
  readonly #modules: PluginsModules;

  constructor(modules: PluginsModules) {
    this.#modules = modules;
  }

  /** Starts a plug-in to learn what it is, ends it, and registers it. It is granted nothing meanwhile. */
  async register(
    request: RegisterBody,
    options: { readonly actor: string },
  ): Promise<ReleaseRecord> {
    const { config, log, registry } = this.#modules;
    const origin = await findOrigin(request, config);
    const manifest = await describe(origin, log);
    const grants = (request.grants ?? []) as readonly Permission[];
    const plugin = describedPlugin(manifest);
    const bundle = { plugin, origin, grants, config: request.config };
    const ref = await registry.releases.register(bundle, options);
    const record = await registry.releases.record(ref);
    if (record !== null) return record;
    throw raise("internal.bug", {
      op: "plugins.register",
      detail: { where: "plugins" },
      message: `Cannot find release/${releaseId(ref)}: it was registered just now`,
    });
  }

  /** Registers again what is on record; nothing of it runs before a slot is bound to it. */
  async restore(): Promise<void> {
    const { log, registry } = this.#modules;
    for (const { phase, plugin, grants, registeredBy, ...ref } of await registry.releases.list()) {
      if (phase === "retired" || plugin === undefined) continue;
      const { manifest, ...rest } = plugin;
      const bundle = { plugin: describedPlugin(manifest), grants, ...rest };
      try {
        await registry.releases.register(bundle, { actor: registeredBy });
      } catch (error) {
        const { code, message } = toFault(error, "plugins.restore");
        log.error("plug-in not registered", { release: releaseId(ref), code, reason: message });
      }
    }
  }
}

async function describe(origin: ReleaseOrigin, log: Log): Promise<Manifest> {
  const call = newCall({ principal: "server", timeoutMs: describeTimeoutMs });
  await using mount = await mountOrigin(origin, { call, log });
  const text = JSON.stringify(mount.manifest);
  if (text.length <= manifestCharactersMax) return JSON.parse(text) as Manifest;
  throw raise("argument.invalid", {
    op: "plugins.register",
    blame: "plugin",
    detail: { path: "/manifest", rule: "is too long", limit: manifestCharactersMax },
    message: `Cannot register the plug-in: its manifest has more than ${manifestCharactersMax} characters`,
  });
}

/** What is known of a plug-in that runs elsewhere; its origin says how it is opened. */
function describedPlugin(manifest: Manifest): Plugin {
  return {
    manifest,
    open: async () => {
      throw raise("internal.bug", {
        op: "plugins.open",
        detail: { where: "plugins" },
        message: `Cannot open ${releaseId(manifest.plugin)} here: it is opened where its origin says`,
      });
    },
  };
}

import { raise, toFault } from "@bedplate/errors";
import { type Registry, type ReleaseRef, releaseId } from "@bedplate/registry";
import type { Log } from "@bedplate/telemetry";
import type { ServerConfig } from "../config.ts";
import type { Plugins } from "../plugins/plugins.ts";
import { type CatalogEntry, catalog, type MissingSlot } from "./catalog.ts";

/** Who binds what comes with the server. */
const actor = "server";

export interface MountAllOptions {
  readonly config: ServerConfig;
  readonly plugins: Plugins;
  readonly log: Log;
  /** Only these slots; default: all. */
  readonly only?: readonly string[] | undefined;
}

/**
 * Registers every environment that is enabled and every plug-in on record, then binds what is to be
 * bound; what cannot be is answered with its reason.
 */
export async function mountAll(
  registry: Registry,
  options: MountAllOptions,
): Promise<readonly MissingSlot[]> {
  const isWanted = (slot: string) => options.only?.includes(slot) ?? true;
  const missing: MissingSlot[] = [];
  const attempt = async (slot: string, work: () => Promise<void>) => {
    const failed = await tried(slot, work, options.log);
    if (failed !== undefined) missing.push(failed);
    return failed === undefined;
  };
  const entries = catalog.filter((each) => isWanted(each.slot));
  const releases = new Map<string, ReleaseRef>();
  await Promise.all(
    entries.map(async (entry) => {
      const { slot, name, isSpare } = entry;
      if (!isEnabled(name, options.config)) {
        if (!isSpare) missing.push({ slot, reason: "it is not enabled in the configuration" });
        return;
      }
      await attempt(slot, async () => {
        const release = await enter(registry, entry, options);
        if (!isSpare) releases.set(slot, release);
      });
    }),
  );
  await options.plugins.restore();
  const inCatalog = new Set(catalog.map((each) => each.slot));
  const others = (await registry.slots.bindings()).map((each) => each.slot);
  const slots = [...releases.keys(), ...others.filter((each) => !inCatalog.has(each))];
  await Promise.all(
    slots
      .filter(isWanted)
      .map((slot) => attempt(slot, () => bind(registry, { slot, own: releases.get(slot) }))),
  );
  return missing;
}

function isEnabled(name: string, { environments }: ServerConfig): boolean {
  return environments[name]?.isEnabled ?? !name.startsWith("fake");
}

async function tried(
  slot: string,
  work: () => Promise<void>,
  log: Log,
): Promise<MissingSlot | undefined> {
  try {
    await work();
    return undefined;
  } catch (error) {
    const { code, message } = toFault(error, "environment.mount");
    log.error("environment not mounted", { slot, code, reason: message });
    return { slot, reason: message };
  }
}

async function enter(
  registry: Registry,
  entry: CatalogEntry,
  { config }: MountAllOptions,
): Promise<ReleaseRef> {
  const plugin = await entry.load();
  const own = config.environments[entry.name]?.config;
  const bundle = { plugin, config: entry.configOf?.(own, config) ?? own, grants: entry.grants };
  return registry.releases.register(bundle, { actor });
}

/** Takes up the binding that is stored, as far as this host has its release. */
async function bind(
  registry: Registry,
  wanted: { readonly slot: string; readonly own: ReleaseRef | undefined },
): Promise<void> {
  const { slot, own } = wanted;
  const stored = (await registry.slots.binding(slot))?.release;
  const isHere = stored !== undefined && registry.releases.find(stored) !== undefined;
  if (stored === undefined || isHere) {
    const release = stored ?? own;
    if (release !== undefined) await registry.slots.bind(slot, release, { actor });
    return;
  }
  // An operator's plug-in that cannot be registered is not replaced by anything else.
  const isPlugin = (await registry.releases.record(stored))?.plugin !== undefined;
  if (own === undefined || isPlugin) throw notHere(slot, stored);
  await registry.slots.swap(slot, own, { actor, drainMs: 0 });
}

function notHere(slot: string, release: ReleaseRef): Error {
  const id = releaseId(release);
  return raise("resource.missing", {
    op: "environment.mount",
    subject: `slot/${slot}`,
    detail: { type: "release", id },
    message: `Cannot mount slot/${slot}: release/${id} is not registered on this host`,
  });
}

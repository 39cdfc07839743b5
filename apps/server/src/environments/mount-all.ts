import { toFault } from "@bedplate/errors";
import type { Bundle, Registry } from "@bedplate/registry";
import type { Log } from "@bedplate/telemetry";
import type { ServerConfig } from "../config.ts";
import { type CatalogEntry, catalog, type MissingSlot } from "./catalog.ts";

/** Who binds what comes with the server. */
const actor = "server";

/** Registers and binds every environment that is enabled; what cannot be is answered with its reason. */
export async function mountAll(
  registry: Registry,
  options: {
    readonly config: ServerConfig;
    readonly log: Log;
    /** Only these slots; default: all. */
    readonly only?: readonly string[] | undefined;
  },
): Promise<readonly MissingSlot[]> {
  const { config, log, only } = options;
  const wanted = catalog.filter((each) => only === undefined || only.includes(each.slot));
  const missing = await Promise.all(
    wanted.map(async (entry): Promise<readonly MissingSlot[]> => {
      const { slot } = entry;
      const own = config.environments[slot];
      const isOn = own?.isEnabled ?? slot !== "fake";
      if (!isOn) return [{ slot, reason: "it is not enabled in the configuration" }];
      try {
        await mountOne(registry, entry, own?.config);
        return [];
      } catch (error) {
        const { code, message } = toFault(error, "environment.mount");
        log.error("environment not mounted", { slot, code, reason: message });
        return [{ slot, reason: message }];
      }
    }),
  );
  return missing.flat();
}

/** Takes up the binding that is stored, as far as this host has its release. */
async function mountOne(
  registry: Registry,
  entry: CatalogEntry,
  config: Bundle["config"],
): Promise<void> {
  const plugin = await entry.load();
  const ref = await registry.releases.register({ plugin, config, grants: entry.grants }, { actor });
  const bound = await registry.slots.binding(entry.slot);
  const stored = bound?.release;
  const isUpgrade = stored !== undefined && registry.releases.find(stored) === undefined;
  if (isUpgrade) await registry.slots.swap(entry.slot, ref, { actor, drainMs: 0 });
  else await registry.slots.bind(entry.slot, stored ?? ref, { actor });
}

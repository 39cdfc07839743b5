import { raise } from "@bedplate/errors";
import { foreignSchema } from "@bedplate/schema";
import type { Budget } from "../budget.ts";
import type { Call } from "../call.ts";
import type { Declares } from "../facets/facet-spec.ts";
import type { HostPort } from "../host-port.ts";
import type { Plugin } from "../manifest.ts";
import { Environment } from "./environment.ts";

export interface OpenEnvironmentOptions {
  readonly host: HostPort;
  /** Checked against the manifest's `configSchema`. Default: `{}`. */
  readonly config?: unknown;
  readonly now?: (() => number) | undefined;
  readonly ceiling?: Budget | undefined;
  readonly kill?: (() => void) | undefined;
  readonly instancesMax?: number | undefined;
}

/** Opens a plug-in as an environment for callers: config and permissions first, the plug-in after. */
export async function openEnvironment<D extends Declares>(
  plugin: Plugin<D>,
  options: OpenEnvironmentOptions,
  call: Call,
): Promise<Environment<D>> {
  const { manifest } = plugin;
  const config = foreignSchema(manifest.configSchema).parse(options.config ?? {}, {
    what: `the config of ${manifest.plugin.name}`,
    op: "environment.open",
  });
  const denied = manifest.wants.find((each) => !options.host.granted.has(each));
  if (denied !== undefined) {
    throw raise("permission.denied", {
      op: "environment.open",
      detail: { permission: denied },
      message: `Cannot open ${manifest.plugin.name}: it wants ${denied}, which is not granted`,
    });
  }
  const driver = await plugin.open(options.host, config, call);
  const { now = Date.now, ceiling, kill, instancesMax } = options;
  return new Environment(driver, { manifest, now, ceiling, kill, instancesMax });
}

import { raise } from "@bedplate/errors";
import { foreignSchema } from "@bedplate/schema";
import type { Budget } from "../budget.ts";
import type { Call } from "../call.ts";
import { speaks } from "../contract-versions.ts";
import type { Declares } from "../facets/facet-spec.ts";
import { facetNames } from "../facets/facet-spec.ts";
import type { HostPort } from "../host-port.ts";
import type { InstanceHandle } from "../instance-driver.ts";
import type { Manifest, Plugin } from "../manifest.ts";
import { type Agreement, negotiate, offerOf } from "../negotiation.ts";
import { checkAssess, checkChecks, checkKeepsVolumes } from "./check-driver.ts";
import { Environment } from "./environment.ts";
import type { Guard } from "./guard.ts";

export interface OpenEnvironmentOptions {
  readonly host: HostPort;
  /** Checked against the manifest's `configSchema`. Default: `{}`. */
  readonly config?: unknown;
  readonly now?: (() => number) | undefined;
  readonly ceiling?: Budget | undefined;
  /** The host's say before every operation. Default: everything is allowed. */
  readonly guard?: Guard | undefined;
  readonly kill?: ((handle?: InstanceHandle) => void) | undefined;
  readonly instancesMax?: number | undefined;
}

/** Opens a plug-in as an environment for callers: versions, config and permissions first, the plug-in after. */
export async function openEnvironment<D extends Declares>(
  plugin: Plugin<D>,
  options: OpenEnvironmentOptions,
  call: Call,
): Promise<Environment<D>> {
  const { manifest } = plugin;
  demandAgreement(manifest);
  const config = foreignSchema(manifest.configSchema).parse(options.config ?? {}, {
    what: `the config of ${manifest.plugin.name}`,
    op: "environment.open",
  });
  demandGrants(manifest, options.host);
  const driver = await plugin.open(options.host, config, call);
  checkAssess(driver, manifest.declares);
  checkChecks(driver, manifest.declares);
  checkKeepsVolumes(driver, manifest.declares);
  const { now = Date.now, ceiling, guard, kill, instancesMax, host } = options;
  const { owner } = host;
  const environment = new Environment(driver, {
    manifest,
    now,
    owner,
    ceiling,
    guard,
    kill,
    instancesMax,
  });
  environment.watchHealth(call);
  return environment;
}

/** What this host and a plug-in agree on, from the plug-in's manifest alone. */
export function agreeWith(manifest: Manifest): Agreement {
  const { build } = manifest.plugin;
  const host = offerOf("host", { build, speaks: speaks(facetNames), features: manifest.features });
  const plugin = offerOf("plugin", { build, speaks: manifest.speaks, features: manifest.features });
  return negotiate(host, plugin);
}

function demandAgreement(manifest: Manifest): void {
  const agreement = agreeWith(manifest);
  if (agreement.isAgreed) return;
  const { detail, message } = agreement.fault;
  throw raise("contract.incompatible", {
    op: "environment.open",
    detail: detail as never,
    message,
  });
}

function demandGrants(manifest: Manifest, host: HostPort): void {
  const denied = manifest.wants.find((each) => !host.granted.has(each));
  if (denied === undefined) return;
  throw raise("permission.denied", {
    op: "environment.open",
    detail: { permission: denied },
    message: `Cannot open ${manifest.plugin.name}: it wants ${denied}, which is not granted`,
  });
}

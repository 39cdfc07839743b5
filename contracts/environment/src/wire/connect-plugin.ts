import type { Call } from "../call.ts";
import type { EnvironmentDriver } from "../environment-driver.ts";
import type { Declares } from "../facets/facet-spec.ts";
import type { HostPort } from "../host-port.ts";
import type { Manifest, Plugin } from "../manifest.ts";
import { ask } from "./ask.ts";
import type { Channel } from "./channel.ts";
import { RemoteEnvironment } from "./remote-environment.ts";
import { Lent, serveHost } from "./serve-host.ts";

/** The plug-in at the other end of a channel, as a host sees it. */
export function connectPlugin<D extends Declares>(
  channel: Channel,
  manifest: Manifest<D>,
): Plugin<D> {
  return {
    manifest,
    async open(host: HostPort, config: unknown, call: Call) {
      const lent = new Lent();
      channel.serve(serveHost(host, lent));
      const message = {
        owner: host.owner,
        granted: [...host.granted],
        config: config as Readonly<Record<string, unknown>>,
      };
      await ask(channel, { operation: "Open", message }, { call });
      return new RemoteEnvironment(channel, manifest, lent);
    },
  };
}

/** An environment at the other end of a channel that is open already; nothing is granted to it. */
export function connectDriver<D extends Declares>(
  channel: Channel,
  manifest: Manifest<D>,
): EnvironmentDriver<D> {
  const lent = new Lent();
  channel.serve(serveHost(undefined, lent));
  return new RemoteEnvironment(channel, manifest, lent);
}

/** Asks the plug-in at the other end for its manifest. */
export async function describePlugin(channel: Channel, call: Call): Promise<Manifest> {
  return (await ask(channel, { operation: "Describe", message: {} }, { call })).manifest;
}

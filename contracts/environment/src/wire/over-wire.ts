import { MessageChannel } from "node:worker_threads";
import type { EnvironmentDriver } from "../environment-driver.ts";
import type { Declares } from "../facets/facet-spec.ts";
import type { Plugin } from "../manifest.ts";
import type { Channel } from "./channel.ts";
import { connectPlugin } from "./connect-plugin.ts";
import { openPortChannel } from "./port-channel.ts";
import { servePlugin } from "./serve-plugin.ts";

/**
 * The same plug-in behind a wire, both ends in this thread: what it does must not change. Each
 * environment that it opens has its own pair of ports, closed with the environment.
 */
export function overWire<D extends Declares>(plugin: Plugin<D>): Plugin<D> {
  return {
    ...plugin,
    manifest: structuredClone(plugin.manifest),
    async open(host, config, call) {
      const { port1, port2 } = new MessageChannel();
      const near = openPortChannel(port1);
      servePlugin(plugin, openPortChannel(port2));
      try {
        const driver = await connectPlugin(near, plugin.manifest).open(host, config, call);
        return closingWith(driver, near);
      } catch (error) {
        near.close();
        throw error;
      }
    },
  };
}

/** Closes the channel once the environment is closed, whether that went well or not. */
function closingWith<D extends Declares>(
  driver: EnvironmentDriver<D>,
  channel: Channel,
): EnvironmentDriver<D> {
  return {
    fingerprint: (call) => driver.fingerprint(call),
    admit: (artifact, call) => driver.admit(artifact, call),
    ...(driver.check && { check: driver.check.bind(driver) }),
    ...(driver.assess && { assess: driver.assess.bind(driver) }),
    ...(driver.volumes && { volumes: driver.volumes }),
    create: (spec, call) => driver.create(spec, call),
    recover: (handle, call) => driver.recover(handle, call),
    inventory: (call) => driver.inventory(call),
    async close(call) {
      try {
        await driver.close(call);
      } finally {
        channel.close();
      }
    },
  };
}

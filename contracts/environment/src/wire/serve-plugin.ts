import { raise } from "@bedplate/errors";
import type { Call, KeyedCall } from "../call.ts";
import type { EnvironmentDriver } from "../environment-driver.ts";
import type { Declares } from "../facets/facet-spec.ts";
import type { Plugin } from "../manifest.ts";
import { answerWith, type Handlers } from "./answer.ts";
import type { Channel } from "./channel.ts";
import type { OpenRequest } from "./environment-messages.ts";
import { operationName } from "./operation-name.ts";
import { pluginOperations } from "./operation-table.ts";
import type { PluginOperation } from "./operations.ts";
import { connectHost } from "./remote-host.ts";
import { toInvocation } from "./remote-invocation.ts";
import { serveFacets } from "./serve-facets.ts";
import { serveMachineFacets } from "./serve-machine-facets.ts";
import { ServedInstances } from "./served-instances.ts";

/** Serves a plug-in over a channel, for one host: describe, open, then the environment itself. */
export function servePlugin<D extends Declares>(plugin: Plugin<D>, channel: Channel): void {
  serve(plugin as unknown as Plugin, undefined, channel);
}

/** Serves an environment that is open already. */
export function serveDriver<D extends Declares>(
  driver: EnvironmentDriver<D>,
  channel: Channel,
): void {
  serve(undefined, driver as unknown as EnvironmentDriver, channel);
}

function serve(
  plugin: Plugin | undefined,
  opened: EnvironmentDriver | undefined,
  channel: Channel,
): void {
  const served = new ServedEnvironment(plugin, opened, channel);
  const instances = new ServedInstances();
  const handlers: Handlers<PluginOperation> = {
    ...environmentHandlers(served, instances),
    ...instanceHandlers(instances),
    ...serveFacets(instances, channel),
    ...serveMachineFacets(instances, channel),
  };
  const onMissing = (operation: string) => unknownOperation(operation);
  channel.serve(answerWith({ table: pluginOperations, handlers, onMissing, blame: "plugin" }));
}

/** The one environment of a connection: not open, opening or open. */
class ServedEnvironment {
  readonly plugin: Plugin | undefined;
  readonly channel: Channel;
  #driver: Promise<EnvironmentDriver> | undefined;

  constructor(plugin: Plugin | undefined, opened: EnvironmentDriver | undefined, channel: Channel) {
    this.plugin = plugin;
    this.channel = channel;
    this.#driver = opened && Promise.resolve(opened);
  }

  async open(request: OpenRequest, call: Call): Promise<void> {
    const { plugin } = this;
    if (plugin === undefined || this.#driver !== undefined) throw alreadyOpen();
    const opening = connectHost(this.channel, request, call).then((host) =>
      plugin.open(host, request.config, call),
    );
    this.#driver = opening;
    try {
      await opening;
    } catch (error) {
      this.#driver = undefined;
      throw error;
    }
  }

  async driver(): Promise<EnvironmentDriver> {
    if (this.#driver !== undefined) return this.#driver;
    throw raise("resource.closed", {
      op: "wire.receive",
      detail: { type: "environment" },
      message: "Cannot use the environment: it is not open",
    });
  }
}

function environmentHandlers(
  served: ServedEnvironment,
  instances: ServedInstances,
): Handlers<PluginOperation> {
  return {
    async Describe() {
      if (served.plugin === undefined) throw unknownOperation("Describe");
      return { manifest: served.plugin.manifest };
    },
    async Open(request, { call }) {
      await served.open(request, call);
      return {};
    },
    async Close(_, { call }) {
      await (await served.driver()).close(call);
      instances.clear();
      return {};
    },
    async *Fingerprint(_, { call }) {
      yield* (await served.driver()).fingerprint(call);
    },
    async Admit({ artifact }, { call }) {
      return (await served.driver()).admit(artifact, call as KeyedCall);
    },
    async Check(request, { call, notify }) {
      const driver = await served.driver();
      if (driver.check === undefined) throw unknownOperation("Check");
      const asked = { ...request, hasCalls: false, hasEvents: false };
      const invocation = toInvocation(asked, { channel: served.channel, call, notify });
      return driver.check(request.artifact, invocation, call);
    },
    async Assess({ snapshot }, { call }) {
      const driver = await served.driver();
      if (driver.assess === undefined) throw unknownOperation("Assess");
      return { unmet: await driver.assess(snapshot, call) };
    },
    async *ListVolumes(_, { call }) {
      const { volumes } = await served.driver();
      if (volumes === undefined) throw unknownOperation("ListVolumes");
      for await (const volume of volumes.list(call)) yield { volume };
    },
    async EraseVolume({ volume }, { call }) {
      const { volumes } = await served.driver();
      if (volumes === undefined) throw unknownOperation("EraseVolume");
      await volumes.erase(volume, call as KeyedCall);
      return {};
    },
    async Create({ spec }, { call }) {
      return instances.add(await (await served.driver()).create(spec, call as KeyedCall));
    },
    async Recover({ handle }, { call }) {
      const recovery = await (await served.driver()).recover(handle, call);
      if (recovery.found === "alive") {
        return { found: "alive", alive: instances.add(recovery.instance) };
      }
      return recovery;
    },
    async *Inventory(_, { call }) {
      yield* (await served.driver()).inventory(call);
    },
  };
}

function instanceHandlers(instances: ServedInstances): Handlers<PluginOperation> {
  return {
    async Start({ instance }, { call }) {
      await instances.get(instance).start(call as KeyedCall);
      return {};
    },
    async Status({ instance }, { call }) {
      return instances.get(instance).status(call);
    },
    async Stop({ instance, how }, { call }) {
      return instances.get(instance).stop(how, call as KeyedCall);
    },
    async Release({ instance }, { call }) {
      // Releasing what is gone does nothing: the answer to an earlier release may have been lost.
      await instances.find(instance)?.release(call as KeyedCall);
      instances.delete(instance);
      return {};
    },
  };
}

function alreadyOpen(): Error {
  return raise("resource.exists", {
    op: "environment.open",
    detail: { type: "environment", id: "open" },
    message: "Cannot open the environment: this connection has one already",
  });
}

function unknownOperation(operation: string): Error {
  return raise("capability.undeclared", {
    op: operationName(operation),
    detail: { facet: operation.slice(0, 64) },
    message: "Cannot do the operation: this plug-in does not know it",
  });
}

import type { Call, KeyedCall } from "../call.ts";
import type { Handlers } from "./answer.ts";
import { ask, askMany } from "./ask.ts";
import { fromChunks, toChunks } from "./byte-streams.ts";
import type { Channel } from "./channel.ts";
import type { PluginOperation } from "./operations.ts";
import type { ServedInstances } from "./served-instances.ts";

/** Answers the operations of the facets of machines. */
export function serveMachineFacets(
  instances: ServedInstances,
  channel: Channel,
): Handlers<PluginOperation> {
  return {
    ...execHandlers(instances),
    ...filesHandlers(instances, channel),
    ...networkHandlers(instances),
    ...lifeHandlers(instances, channel),
  };
}

function execHandlers(instances: ServedInstances): Handlers<PluginOperation> {
  const exec = (instance: string) => instances.facet(instance, "exec");
  return {
    async ExecStart({ instance, request }, { call }) {
      return exec(instance).start(request, call as KeyedCall);
    },
    async *ExecOutput({ instance, ...request }, { call }) {
      yield* exec(instance).output(request, call);
    },
    async ExecWait({ instance, ...request }, { call }) {
      return exec(instance).wait(request, call);
    },
    async ExecWrite({ instance, ...request }, { call }) {
      await exec(instance).write(request, call);
      return {};
    },
    async ExecCloseInput({ instance, ...request }, { call }) {
      await exec(instance).closeInput(request, call);
      return {};
    },
    async ExecSignal({ instance, ...request }, { call }) {
      await exec(instance).signal(request, call);
      return {};
    },
    async ExecResize({ instance, ...request }, { call }) {
      await exec(instance).resize(request, call);
      return {};
    },
    async ExecList({ instance }, { call }) {
      return { processes: await exec(instance).list(call) };
    },
  };
}

function filesHandlers(instances: ServedInstances, channel: Channel): Handlers<PluginOperation> {
  const files = (instance: string) => instances.facet(instance, "files");
  const pull = (body: string, call: Call) =>
    fromChunks(askMany(channel, { operation: "PullBody", message: { body } }, { call }));
  return {
    async FilesStat({ instance, ...request }, { call }) {
      return files(instance).stat(request, call);
    },
    async *FilesList({ instance, ...request }, { call }) {
      yield* files(instance).list(request, call);
    },
    async *FilesRead({ instance, ...request }, { call }) {
      yield* toChunks(await files(instance).read(request, call));
    },
    async FilesWrite({ instance, ...request }, { call }) {
      const body = pull(request.body, call);
      return files(instance).write({ ...request, body }, call as KeyedCall);
    },
    async FilesMakeFolder({ instance, ...request }, { call }) {
      return files(instance).makeFolder(request, call as KeyedCall);
    },
    async FilesMove({ instance, ...request }, { call }) {
      return files(instance).move(request, call as KeyedCall);
    },
    async FilesDelete({ instance, ...request }, { call }) {
      await files(instance).delete(request, call as KeyedCall);
      return {};
    },
    async *FilesWatch({ instance, ...request }, { call }) {
      yield* files(instance).watch(request, call);
    },
  };
}

function networkHandlers(instances: ServedInstances): Handlers<PluginOperation> {
  return {
    async Expose({ instance, ...request }, { call }) {
      return instances.facet(instance, "serve").expose(request, call as KeyedCall);
    },
    async Withdraw({ instance, ...request }, { call }) {
      await instances.facet(instance, "serve").withdraw(request, call as KeyedCall);
      return {};
    },
    async SetEgress({ instance, policy }, { call }) {
      await instances.facet(instance, "egress").set(policy, call as KeyedCall);
      return {};
    },
  };
}

function lifeHandlers(instances: ServedInstances, channel: Channel): Handlers<PluginOperation> {
  return {
    async Pause({ instance }, { call }) {
      await instances.facet(instance, "pause").pause(call as KeyedCall);
      return {};
    },
    async Resume({ instance }, { call }) {
      await instances.facet(instance, "pause").resume(call as KeyedCall);
      return {};
    },
    async Resize({ instance, to }, { call }) {
      return instances.facet(instance, "resize").resize(to, call as KeyedCall);
    },
    async Capture({ instance, ...request }, { call }) {
      const sink = async (data: Uint8Array) => {
        const message = { sink: request.sink, data };
        await ask(channel, { operation: "PushChunk", message }, { call });
      };
      return instances.facet(instance, "snapshot").capture({ ...request, sink }, call as KeyedCall);
    },
  };
}

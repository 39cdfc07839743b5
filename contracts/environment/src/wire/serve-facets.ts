import type { KeyedCall } from "../call.ts";
import type { Handlers } from "./answer.ts";
import { ask } from "./ask.ts";
import type { Channel } from "./channel.ts";
import type { PluginOperation } from "./operations.ts";
import { toInvocation } from "./remote-invocation.ts";
import type { ServedInstances } from "./served-instances.ts";

/** Answers the operations of the facets that take and give plain messages. */
export function serveFacets(
  instances: ServedInstances,
  channel: Channel,
): Handlers<PluginOperation> {
  return {
    async Run(request, { call, notify }) {
      const invocation = toInvocation(request, { channel, call, notify });
      return instances.facet(request.instance, "invoke").run(invocation, call);
    },
    async *Observe({ instance, points }, { call }) {
      yield* instances.facet(instance, "observe").observe(points, call);
    },
    ...rewindHandlers(instances),
    ...lifecycleHandlers(instances, channel),
  };
}

function rewindHandlers(instances: ServedInstances): Handlers<PluginOperation> {
  return {
    async Mark({ instance }, { call }) {
      return instances.facet(instance, "rewind").mark(call);
    },
    async Rewind({ instance, mark }, { call }) {
      await instances.facet(instance, "rewind").rewind(mark, call);
      return {};
    },
    async Settle({ instance, mark }, { call }) {
      await instances.facet(instance, "rewind").settle(mark, call);
      return {};
    },
    async Digest({ instance }, { call }) {
      return { digest: await instances.facet(instance, "rewind").digest(call) };
    },
  };
}

function lifecycleHandlers(
  instances: ServedInstances,
  channel: Channel,
): Handlers<PluginOperation> {
  return {
    async Expose({ instance, endpoint }, { call }) {
      return instances.facet(instance, "serve").expose(endpoint, call as KeyedCall);
    },
    async Withdraw({ instance, port }, { call }) {
      await instances.facet(instance, "serve").withdraw(port, call as KeyedCall);
      return {};
    },
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
    async Capture({ instance, sink }, { call }) {
      const push = async (data: Uint8Array) => {
        await ask(channel, { operation: "PushChunk", message: { sink, data } }, { call });
      };
      return instances.facet(instance, "snapshot").capture(push, call as KeyedCall);
    },
    async Assess({ instance, snapshot }, { call }) {
      return { unmet: await instances.facet(instance, "snapshot").assess(snapshot, call) };
    },
  };
}

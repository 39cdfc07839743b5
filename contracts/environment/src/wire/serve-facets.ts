import type { Handlers } from "./answer.ts";
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

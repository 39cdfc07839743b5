import type { Call } from "../call.ts";
import type { FacetName, FacetSpec } from "../facets/facet-spec.ts";
import type { GuestEvent, Invocation, InvokeDriver } from "../facets/invoke.ts";
import type { RewindDriver } from "../facets/rewind.ts";
import { ask } from "./ask.ts";
import { askManyOf, askOf, type RemoteFacetContext, silent } from "./remote-facet-context.ts";
import {
  remoteEgress,
  remoteExec,
  remoteFiles,
  remotePause,
  remoteServe,
  remoteSnapshot,
} from "./remote-machine-facets.ts";

/** A facet of an instance at the other end of a channel. */
export function remoteFacet<F extends FacetName>(
  name: F,
  context: RemoteFacetContext,
): FacetSpec[F]["driver"] {
  return makers[name](context);
}

const makers: {
  readonly [F in FacetName]: (context: RemoteFacetContext) => FacetSpec[F]["driver"];
} = {
  invoke: remoteInvoke,
  rewind: remoteRewind,
  snapshot: remoteSnapshot,
  exec: remoteExec,
  files: remoteFiles,
  observe: (context) => ({
    observe: (points, call) => askManyOf(context, "Observe", { points }, { call }),
  }),
  serve: remoteServe,
  egress: remoteEgress,
  pause: remotePause,
  resize: (context) => ({ resize: (to, call) => askOf(context, "Resize", { to }, { call }) }),
};

function remoteInvoke({ channel, lent, instance }: RemoteFacetContext): InvokeDriver {
  return {
    async run(invocation: Invocation, call: Call) {
      const { reads, call: crossCall, onEvent, ...plain } = invocation;
      const run = lent.runs.lend(invocation);
      const message = {
        instance,
        run,
        invocation: plain,
        hasReads: reads !== undefined,
        hasCalls: crossCall !== undefined,
        hasEvents: onEvent !== undefined,
      };
      const onNotice = onEvent && ((notice: unknown) => onEvent(notice as GuestEvent));
      try {
        return await ask(channel, { operation: "Run", message }, { call, onNotice });
      } finally {
        lent.runs.end(run);
      }
    },
  };
}

function remoteRewind(context: RemoteFacetContext): RewindDriver {
  return {
    mark: (call) => askOf(context, "Mark", {}, { call }),
    rewind: (mark, call) => silent(askOf(context, "Rewind", { mark }, { call })),
    settle: (mark, call) => silent(askOf(context, "Settle", { mark }, { call })),
    digest: async (call) => (await askOf(context, "Digest", {}, { call })).digest,
  };
}

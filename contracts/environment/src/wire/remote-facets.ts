import type { Call } from "../call.ts";
import type { FacetName, FacetSpec } from "../facets/facet-spec.ts";
import type { GuestEvent, Invocation, InvokeDriver } from "../facets/invoke.ts";
import type { RewindDriver } from "../facets/rewind.ts";
import type { SnapshotDriver } from "../facets/snapshot.ts";
import { type AskOptions, ask, askMany, type UnaryOperation } from "./ask.ts";
import type { Channel } from "./channel.ts";
import type { WireOperations } from "./operations.ts";
import { remoteExec, remoteFiles } from "./remote-machine-facets.ts";
import type { Lent } from "./serve-host.ts";

/** What the facets of one remote instance share. */
export interface RemoteFacetContext {
  readonly channel: Channel;
  readonly lent: Lent;
  readonly instance: string;
}

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
  observe: ({ channel, instance }) => ({
    observe: (points, call) =>
      askMany(channel, { operation: "Observe", message: { instance, points } }, { call }),
  }),
  serve: (context) => ({
    expose: (endpoint, call) => askOf(context, "Expose", { endpoint }, { call }),
    withdraw: (port, call) => silent(askOf(context, "Withdraw", { port }, { call })),
  }),
  pause: (context) => ({
    pause: (call) => silent(askOf(context, "Pause", {}, { call })),
    resume: (call) => silent(askOf(context, "Resume", {}, { call })),
  }),
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

function remoteSnapshot(context: RemoteFacetContext): SnapshotDriver {
  const { lent } = context;
  return {
    async capture(push, call) {
      const sink = lent.sinks.lend(push);
      try {
        return await askOf(context, "Capture", { sink }, { call });
      } finally {
        lent.sinks.end(sink);
      }
    },
    assess: async (snapshot, call) =>
      (await askOf(context, "Assess", { snapshot }, { call })).unmet,
  };
}

type OfInstance = {
  [O in UnaryOperation]: WireOperations[O]["request"] extends { readonly instance: string }
    ? O
    : never;
}[UnaryOperation];

/** Asks something of the context's instance. */
function askOf<O extends OfInstance>(
  { channel, instance }: RemoteFacetContext,
  operation: O,
  rest: Omit<WireOperations[O]["request"], "instance">,
  options: AskOptions,
): Promise<WireOperations[O]["response"]> {
  const message = { ...rest, instance } as unknown as WireOperations[O]["request"];
  return ask(channel, { operation, message }, options);
}

async function silent(answer: Promise<unknown>): Promise<void> {
  await answer;
}

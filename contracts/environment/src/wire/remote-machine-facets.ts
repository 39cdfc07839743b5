import type { EgressDriver } from "../facets/egress.ts";
import type { ExecDriver } from "../facets/exec.ts";
import type { FilesDriver } from "../facets/files.ts";
import type { PauseDriver } from "../facets/pause.ts";
import type { ServeDriver } from "../facets/serve.ts";
import type { SnapshotDriver } from "../facets/snapshot.ts";
import { fromChunks, primed } from "./byte-streams.ts";
import { askManyOf, askOf, type RemoteFacetContext, silent } from "./remote-facet-context.ts";

/** `exec` of an instance at the other end of a channel. */
export function remoteExec(context: RemoteFacetContext): ExecDriver {
  return {
    start: (request, call) => askOf(context, "ExecStart", { request }, { call }),
    output: (request, call) => askManyOf(context, "ExecOutput", request, { call }),
    wait: (request, call) => askOf(context, "ExecWait", request, { call }),
    write: (request, call) => silent(askOf(context, "ExecWrite", request, { call })),
    closeInput: (request, call) => silent(askOf(context, "ExecCloseInput", request, { call })),
    signal: (request, call) => silent(askOf(context, "ExecSignal", request, { call })),
    resize: (request, call) => silent(askOf(context, "ExecResize", request, { call })),
    list: async (call) => (await askOf(context, "ExecList", {}, { call })).processes,
  };
}

/** `files` of an instance at the other end of a channel. */
export function remoteFiles(context: RemoteFacetContext): FilesDriver {
  const { lent } = context;
  return {
    stat: (request, call) => askOf(context, "FilesStat", request, { call }),
    list: (request, call) => askManyOf(context, "FilesList", request, { call }),
    async read(request, call) {
      return fromChunks(await primed(askManyOf(context, "FilesRead", request, { call })));
    },
    async write(request, call) {
      const body = lent.bodies.lend(request.body);
      try {
        return await askOf(context, "FilesWrite", { ...request, body }, { call });
      } finally {
        lent.bodies.end(body);
      }
    },
    makeFolder: (request, call) => askOf(context, "FilesMakeFolder", request, { call }),
    move: (request, call) => askOf(context, "FilesMove", request, { call }),
    delete: (request, call) => silent(askOf(context, "FilesDelete", request, { call })),
    watch: (request, call) => askManyOf(context, "FilesWatch", request, { call }),
  };
}

/** `serve` of an instance at the other end of a channel. */
export function remoteServe(context: RemoteFacetContext): ServeDriver {
  return {
    expose: (request, call) => askOf(context, "Expose", request, { call }),
    withdraw: (request, call) => silent(askOf(context, "Withdraw", request, { call })),
  };
}

/** `egress` of an instance at the other end of a channel. */
export function remoteEgress(context: RemoteFacetContext): EgressDriver {
  return { set: (policy, call) => silent(askOf(context, "SetEgress", { policy }, { call })) };
}

/** `pause` of an instance at the other end of a channel. */
export function remotePause(context: RemoteFacetContext): PauseDriver {
  return {
    pause: (call) => silent(askOf(context, "Pause", {}, { call })),
    resume: (call) => silent(askOf(context, "Resume", {}, { call })),
  };
}

/** `snapshot` of an instance at the other end of a channel. */
export function remoteSnapshot(context: RemoteFacetContext): SnapshotDriver {
  const { lent } = context;
  return {
    async capture(request, call) {
      const sink = lent.sinks.lend(request.sink);
      try {
        return await askOf(context, "Capture", { ...request, sink }, { call });
      } finally {
        lent.sinks.end(sink);
      }
    },
  };
}

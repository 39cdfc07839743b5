import type { Call } from "../call.ts";
import type { ExecDriver, ExecHandle } from "../facets/exec.ts";
import type { FilesDriver } from "../facets/files.ts";
import { ask, askMany } from "./ask.ts";
import { fromChunks, primed } from "./byte-streams.ts";
import type { Channel } from "./channel.ts";
import type { RemoteFacetContext } from "./remote-facets.ts";

/** `exec` of an instance at the other end of a channel. */
export function remoteExec({ channel, lent, instance }: RemoteFacetContext): ExecDriver {
  return {
    async exec({ stdin, ...request }, call) {
      const body = stdin && lent.bodies.lend(stdin);
      const message = { instance, request, ...(body !== undefined && { stdin: body }) };
      const { process } = await ask(channel, { operation: "Exec", message }, { call });
      // The process outlives the call that started it.
      const outliving = { ...call, signal: new AbortController().signal };
      return remoteProcess(channel, process, outliving);
    },
  };
}

function remoteProcess(channel: Channel, process: string, call: Call): ExecHandle {
  const output = (stream: "stdout" | "stderr") =>
    fromChunks(
      askMany(channel, { operation: "ExecOutput", message: { process, stream } }, { call }),
    );
  const exit = ask(channel, { operation: "ExecExit", message: { process } }, { call });
  // Who never asks how it ended must not be told by an unhandled rejection.
  exit.catch(() => {});
  return {
    stdout: output("stdout"),
    stderr: output("stderr"),
    exit,
    async resize(size) {
      await ask(channel, { operation: "ExecResize", message: { process, ...size } }, { call });
    },
    async signal(name) {
      await ask(channel, { operation: "ExecSignal", message: { process, name } }, { call });
    },
  };
}

/** `files` of an instance at the other end of a channel. */
export function remoteFiles({ channel, lent, instance }: RemoteFacetContext): FilesDriver {
  return {
    async read(path, range, call) {
      const message = { instance, path, range };
      const chunks = askMany(channel, { operation: "FilesRead", message }, { call });
      return fromChunks(await primed(chunks));
    },
    async write(path, contents, call) {
      const body = lent.bodies.lend(contents);
      try {
        const message = { instance, path, body };
        await ask(channel, { operation: "FilesWrite", message }, { call });
      } finally {
        lent.bodies.end(body);
      }
    },
    list: (path, call) =>
      askMany(channel, { operation: "FilesList", message: { instance, path } }, { call }),
    async delete(path, call) {
      await ask(channel, { operation: "FilesDelete", message: { instance, path } }, { call });
    },
  };
}

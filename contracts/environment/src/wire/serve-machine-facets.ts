import { raise } from "@bedplate/errors";
import type { Call, KeyedCall } from "../call.ts";
import type { ExecHandle } from "../facets/exec.ts";
import type { Handlers } from "./answer.ts";
import { askMany } from "./ask.ts";
import { fromChunks, toChunks } from "./byte-streams.ts";
import type { Channel } from "./channel.ts";
import type { PluginOperation } from "./operations.ts";
import type { ServedInstances } from "./served-instances.ts";

/** Answers the operations of `exec` and `files`, whose bodies are streams. */
export function serveMachineFacets(
  instances: ServedInstances,
  channel: Channel,
): Handlers<PluginOperation> {
  const pull = (body: string, call: Call) =>
    fromChunks(askMany(channel, { operation: "PullBody", message: { body } }, { call }));
  return { ...execHandlers(instances, pull), ...filesHandlers(instances, pull) };
}

type Pull = (body: string, call: Call) => ReadableStream<Uint8Array>;

function execHandlers(instances: ServedInstances, pull: Pull): Handlers<PluginOperation> {
  const processes = new ServedProcesses();
  return {
    async Exec({ instance, request, stdin }, { call }) {
      // The process outlives the call that started it, and so does its input.
      const outliving = { ...call, signal: new AbortController().signal };
      const asked = { ...request, ...(stdin !== undefined && { stdin: pull(stdin, outliving) }) };
      const handle = await instances.facet(instance, "exec").exec(asked, call);
      return { process: processes.add(handle) };
    },
    async *ExecOutput({ process, stream }) {
      try {
        yield* toChunks(processes.get(process)[stream]);
      } finally {
        processes.told(process, stream);
      }
    },
    async ExecExit({ process }) {
      const exit = await processes.get(process).exit;
      processes.told(process, "exit");
      return exit;
    },
    async ExecResize({ process, columns, rows }) {
      await processes.get(process).resize({ columns, rows });
      return {};
    },
    async ExecSignal({ process, name }) {
      await processes.get(process).signal(name);
      return {};
    },
  };
}

function filesHandlers(instances: ServedInstances, pull: Pull): Handlers<PluginOperation> {
  return {
    async *FilesRead({ instance, path, range }, { call }) {
      yield* toChunks(await instances.facet(instance, "files").read(path, range, call));
    },
    async FilesWrite({ instance, path, body }, { call }) {
      const files = instances.facet(instance, "files");
      await files.write(path, pull(body, call), call as KeyedCall);
      return {};
    },
    async *FilesList({ instance, path }, { call }) {
      yield* instances.facet(instance, "files").list(path, call);
    },
    async FilesDelete({ instance, path }, { call }) {
      await instances.facet(instance, "files").delete(path, call as KeyedCall);
      return {};
    },
  };
}

/** Most processes of one connection that were not told to their end. */
const processesMax = 1024;

/** How many ends a process has: its exit and its two outputs. */
const endsOfProcess = 3;

/** The processes of a connection, until their exit and their outputs were told. */
class ServedProcesses {
  readonly #handles = new Map<string, ExecHandle>();
  readonly #told = new Map<string, Set<string>>();
  #last = 0;

  add(handle: ExecHandle): string {
    if (this.#handles.size >= processesMax) {
      throw raise("quota.exceeded", {
        op: "instance.exec",
        detail: { meter: "processes", limit: processesMax, asked: processesMax + 1 },
        message: `Cannot start the process: ${processesMax} were not read to their end`,
      });
    }
    const process = `${++this.#last}`;
    this.#handles.set(process, handle);
    this.#told.set(process, new Set());
    return process;
  }

  get(process: string): ExecHandle {
    const found = this.#handles.get(process);
    if (found !== undefined) return found;
    throw raise("resource.missing", {
      op: "wire.receive",
      subject: `process/${process}`,
      detail: { type: "process", id: process },
      message: `Cannot find process/${process}: its end was told already`,
    });
  }

  told(process: string, end: "exit" | "stdout" | "stderr"): void {
    const ends = this.#told.get(process)?.add(end);
    if (ends === undefined || ends.size < endsOfProcess) return;
    this.#told.delete(process);
    this.#handles.delete(process);
  }
}

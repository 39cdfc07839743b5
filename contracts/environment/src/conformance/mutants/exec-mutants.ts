import { isFault, raise } from "@bedplate/errors";
import type { ExecDriver, Process, ProcessOutput } from "../../facets/exec.ts";
import { overlay } from "../overlay.ts";
import {
  changing,
  creating,
  declaring,
  facetOf,
  forgiving,
  hostChanging,
  hostCreating,
} from "./machine-mutant.ts";
import { driver, instances, type Mutant, type MutantParts } from "./mutant.ts";

const appliesTo = declaring("exec");

/** Defects of `exec`. */
export const execMutants: readonly Mutant[] = [
  {
    id: "stderr comes as stdout",
    caughtBy: ["EX-01"],
    appliesTo,
    make: () => output((each) => [{ ...each, stream: "stdout" }]),
  },
  {
    id: "output is read as text",
    caughtBy: ["EX-01"],
    appliesTo,
    make: () =>
      output((each) => [
        { ...each, data: new Uint8Array(Buffer.from(Buffer.from(each.data).toString())) },
      ]),
  },
  {
    id: "every process ends well",
    caughtBy: ["EX-02"],
    appliesTo,
    make: () =>
      changing("exec", (inner) => ({
        wait: async (...asked) => ({ ...(await inner.wait(...asked)), code: 0, signal: null }),
      })),
  },
  {
    id: "input arrives twice",
    caughtBy: ["EX-03"],
    appliesTo,
    make: () =>
      changing("exec", (inner) => ({
        async write(...asked) {
          await inner.write(...asked);
          await inner.write(...asked);
        },
      })),
  },
  {
    id: "long input is cut",
    caughtBy: ["EX-03"],
    appliesTo,
    make: () =>
      changing("exec", (inner) => ({
        write: ({ process, data }, call) =>
          inner.write({ process, data: data.subarray(0, 65_536) }, call),
      })),
  },
  {
    id: "output waits for the end",
    caughtBy: ["EX-04"],
    appliesTo,
    make: () =>
      changing("exec", (inner) => ({
        async *output(...asked) {
          yield* await Array.fromAsync(inner.output(...asked));
        },
      })),
  },
  {
    id: "output is taken in whether it is read or not",
    caughtBy: ["EX-05"],
    appliesTo,
    make: () =>
      changing("exec", (inner) => ({ output: (...asked) => greedy(inner.output(...asked)) })),
  },
  {
    id: "a terminal keeps its first size",
    caughtBy: ["EX-06"],
    appliesTo: ({ plugin }) => plugin.manifest.declares.exec?.tty === true,
    make: () => changing("exec", () => ({ resize: async () => {} })),
  },
  {
    id: "every signal kills",
    caughtBy: ["EX-07"],
    appliesTo,
    make: () =>
      changing("exec", (inner) => ({
        signal: (request, call) => inner.signal({ ...request, name: "SIGKILL" }, call),
      })),
  },
  {
    id: "killing is answered before it is done",
    caughtBy: ["EX-07"],
    appliesTo,
    make: () =>
      changing("exec", (inner) => ({
        async signal(...asked) {
          setTimeout(() => void inner.signal(...asked).catch(() => {}), 50);
        },
      })),
  },
  {
    id: "a signal that is not declared is taken",
    caughtBy: ["EX-07"],
    appliesTo,
    make: () =>
      hostChanging("exec", (inner) => ({
        signal: (...asked) => forgiving(inner.signal(...asked), "capability.undeclared", () => {}),
      })),
  },
  {
    id: "there is room for one process fewer than declared",
    caughtBy: ["EX-08"],
    appliesTo,
    make: () => crowded(),
  },
  {
    id: "a process more than declared is an old one",
    caughtBy: ["EX-08"],
    appliesTo,
    make: () =>
      changing("exec", (inner) => ({
        async start(request, call) {
          try {
            return await inner.start(request, call);
          } catch (error) {
            const [first] = await inner.list(call);
            if (isFault(error, "quota.exceeded") && first !== undefined) return first;
            throw error;
          }
        },
      })),
  },
  {
    id: "a machine that does not run starts processes",
    caughtBy: ["EX-09"],
    appliesTo,
    make: () =>
      hostChanging("exec", (inner) => ({
        start: (request, call) =>
          forgiving(inner.start(request, call), "phase.illegal", () => ghost(request.argv)),
      })),
  },
  {
    id: "a reader that leaves ends the process",
    caughtBy: ["EX-10"],
    appliesTo,
    make: () =>
      changing("exec", (inner) => ({
        async *output(request, call) {
          try {
            yield* inner.output(request, call);
          } finally {
            await inner.signal({ process: request.process, name: "SIGKILL" }, call).catch(() => {});
          }
        },
      })),
  },
  {
    id: "a signal reaches every process",
    caughtBy: ["EX-10"],
    appliesTo,
    make: () =>
      changing("exec", (inner) => ({
        async signal({ name }, call) {
          for (const { id } of await inner.list(call))
            await inner.signal({ process: id, name }, call);
        },
      })),
  },
  {
    id: "who reads on begins again",
    caughtBy: ["EX-11"],
    appliesTo,
    make: () =>
      changing("exec", (inner) => ({
        output: (request, call) => inner.output({ ...request, from: 0 }, call),
      })),
  },
  {
    id: "tags are forgotten",
    caughtBy: ["EX-11"],
    appliesTo,
    make: () =>
      changing("exec", (inner) => ({
        async list(call) {
          const all = await inner.list(call);
          return all.map((each) => ({ ...each, request: { ...each.request, tag: "" } }));
        },
      })),
  },
  {
    id: "a process that ended is forgotten",
    caughtBy: ["EX-12"],
    appliesTo,
    make: () =>
      changing("exec", (inner) => ({
        list: async (call) => (await inner.list(call)).filter(({ exit }) => exit === undefined),
      })),
  },
  {
    id: "a process that never was has ended",
    caughtBy: ["EX-12"],
    appliesTo,
    make: () =>
      changing("exec", (inner) => ({
        wait: (...asked) =>
          forgiving(inner.wait(...asked), "resource.missing", () => ({
            code: 0,
            signal: null,
            isOutOfMemory: false,
            at: 0,
          })),
      })),
  },
  {
    id: "the variables of a machine are lost",
    caughtBy: ["EX-13"],
    appliesTo,
    make: () => creating(({ env: _, ...spec }) => spec),
  },
  {
    id: "the folder of a process is not the one asked for",
    caughtBy: ["EX-13"],
    appliesTo,
    make: () => starting(({ cwd: _, ...request }) => request),
  },
  {
    id: "a process that was killed for its time does not say so",
    caughtBy: ["EX-14"],
    appliesTo,
    make: () =>
      changing("exec", (inner) => ({
        wait: async (...asked) => ({ ...(await inner.wait(...asked)), isTimedOut: false }),
      })),
  },
  {
    id: "a repeated start starts again",
    caughtBy: ["EX-15"],
    appliesTo,
    make: () => {
      let calls = 0;
      return hostChanging("exec", (inner) => ({
        start: (request, call) => inner.start(request, { ...call, key: `${call.key}/${++calls}` }),
      }));
    },
  },
  {
    id: "the caps of a machine are lost",
    caughtBy: ["EX-16"],
    appliesTo,
    make: () => creating((spec) => ({ ...spec, caps: {} })),
  },
  {
    id: "a cap that is not enforced is taken",
    caughtBy: ["EX-16"],
    appliesTo,
    make: () =>
      hostCreating((spec) => {
        const { egressBytesPerSecond: _, ...caps } = spec.caps;
        return { ...spec, caps };
      }),
  },
  {
    id: "a process that took too much memory just ends",
    caughtBy: ["EX-16"],
    appliesTo: ({ plugin }) => plugin.manifest.declares.exec?.caps.includes("memoryBytes") === true,
    make: () =>
      changing("exec", (inner) => ({
        wait: async (...asked) => ({ ...(await inner.wait(...asked)), isOutOfMemory: false }),
      })),
  },
  {
    id: "what cannot be started is started",
    caughtBy: ["EX-17"],
    appliesTo,
    make: () =>
      hostChanging("exec", (inner) => ({
        start: (request, call) =>
          forgiving(inner.start(request, call), "argument.invalid", () => ghost(request.argv)),
      })),
  },
  {
    id: "a recovered machine has lost its processes",
    caughtBy: ["EX-18"],
    appliesTo,
    make: () =>
      driver((inner) =>
        overlay(inner, {
          async recover(handle, call) {
            const found = await inner.recover(handle, call);
            if (found.found !== "alive") return found;
            const exec = facetOf(found.instance, "exec");
            if (exec === undefined) return found;
            const forgetful = overlay(exec, { list: async () => [] });
            const facets = { ...found.instance.facets, exec: forgetful } as never;
            return { found: "alive", instance: overlay(found.instance, { facets }) };
          },
        }),
      ),
  },
  {
    id: "the status says nothing of what is used",
    caughtBy: ["EX-19"],
    appliesTo,
    make: () =>
      instances((instance) =>
        overlay(instance, {
          async status(call) {
            const { resources: _, ...status } = await instance.status(call);
            return status;
          },
        }),
      ),
  },
  {
    id: "a fault quotes the arguments of a process",
    caughtBy: ["EE-41"],
    appliesTo,
    make: () =>
      hostChanging("exec", (inner) => ({
        start: (request, call) =>
          forgiving(inner.start(request, call), "argument.invalid", () => {
            throw new Error(`cannot start ${request.argv.join(" ")}`);
          }),
      })),
  },
];

function output(change: (each: ProcessOutput) => readonly ProcessOutput[]): MutantParts {
  return changing("exec", (inner) => ({
    async *output(...asked) {
      for await (const each of inner.output(...asked)) yield* change(each);
    },
  }));
}

function starting(change: (request: Process["request"]) => Process["request"]): MutantParts {
  return changing("exec", (inner) => ({
    start: (request, call) => inner.start(change(request), call),
  }));
}

async function* greedy<T>(items: AsyncIterable<T>): AsyncGenerator<T> {
  const taken: T[] = [];
  const state = { isOver: false };
  const taking = (async () => {
    for await (const each of items) taken.push(each);
    state.isOver = true;
  })();
  taking.catch(() => {});
  while (!state.isOver || taken.length > 0) {
    const next = taken.shift();
    if (next !== undefined) yield next;
    else await new Promise((resolve) => setImmediate(resolve));
  }
}

function crowded(): MutantParts {
  return {
    plugin(plugin) {
      const limit = (plugin.manifest.declares.exec?.concurrentMax ?? 1) - 1;
      const parts = changing("exec", (inner: ExecDriver) => ({
        async start(request, call) {
          const live = (await inner.list(call)).filter(({ exit }) => exit === undefined);
          if (live.length >= limit) throw full(limit);
          return inner.start(request, call);
        },
      }));
      return parts.plugin?.(plugin) ?? plugin;
    },
  };
}

function full(limit: number): Error {
  return raise("quota.exceeded", {
    op: "instance.exec.start",
    detail: { meter: "processes", limit, asked: limit + 1 },
    message: "Cannot start the process: there are too many",
  });
}

function ghost(argv: readonly string[]): Process {
  return { id: "ghost", pid: 0, request: { argv }, startedAt: 0 };
}

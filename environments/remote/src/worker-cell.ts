import { MessageChannel, Worker } from "node:worker_threads";
import { openPortChannel } from "@bedplate/environment/wire";
import { type Log, silentLog } from "@bedplate/telemetry";
import { type Cell, crashed } from "./cell.ts";
import { logOutput } from "./plugin-output.ts";

/** What a worker loads, and what it may use. */
export interface WorkerCellOptions {
  /** URL or absolute path of the module. */
  readonly module: string | URL;
  /** The export that is the plug-in, or a function that makes it. */
  readonly exportName: string;
  /** Most memory of the JavaScript heap, in MiB; Wasm memories come on top. */
  readonly heapMiBMax?: number | undefined;
  readonly log?: Log | undefined;
}

/** Starts a worker thread that serves one plug-in. It sees no environment variable of this process. */
export function openWorkerCell(options: WorkerCellOptions): Cell {
  const { module, exportName, heapMiBMax, log = silentLog } = options;
  const { port1, port2 } = new MessageChannel();
  const worker = new Worker(new URL("./worker-main.ts", import.meta.url), {
    workerData: { module: String(module), exportName, port: port2 },
    transferList: [port2],
    env: {},
    execArgv: [],
    stdout: true,
    stderr: true,
    ...(heapMiBMax !== undefined && { resourceLimits: { maxOldGenerationSizeMb: heapMiBMax } }),
  });
  logOutput(worker.stdout, { log, name: "stdout" });
  logOutput(worker.stderr, { log, name: "stderr" });
  const channel = openPortChannel(port1, { isWatched: true });
  const ended = Promise.withResolvers<string>();
  let reason: string | undefined;
  worker.on("error", (error: unknown) => {
    reason ??= `its worker failed: ${error instanceof Error ? describe(error) : "something was thrown"}`;
  });
  worker.on("exit", () => {
    const why = reason ?? "its worker ended by itself";
    channel.close(crashed(why));
    ended.resolve(why);
  });
  // The channel holds the process alive while something is asked; an idle worker must not.
  worker.unref();
  return {
    channel,
    ended: ended.promise,
    kill(why) {
      reason ??= why;
      // Whoever waits for the end has nothing else that keeps this process alive.
      worker.ref();
      channel.close(crashed(why));
      void worker.terminate();
    },
  };
}

/** Node's own codes name a cause without the plug-in's text in it. */
function describe(error: Error): string {
  const { code } = error as { readonly code?: unknown };
  return typeof code === "string" ? code : error.name;
}

import { type Process, type ProcessSelector, Signal, type StartRequest } from "@bedplate/e2b";
import type { ExecRequest, Process as MachineProcess } from "@bedplate/environment";
import { isFault } from "@bedplate/errors";
import { Code, ConnectError, type HandlerContext, type ServiceImpl } from "@connectrpc/connect";
import { envdRequest } from "./envd-request.ts";
import { homePath } from "./places.ts";
import { type ProcessMessage, processEvents } from "./process-events.ts";
import { type EnvdRequest, stepTimeoutMs } from "./sandbox-use.ts";
import { keepaliveMs, withKeepalive } from "./with-keepalive.ts";

type Methods = ServiceImpl<typeof Process>;

const keepalive: ProcessMessage = { event: { event: { case: "keepalive", value: {} } } };

/** The largest piece of input that a process is given at once. */
const inputStepBytes = 512 * 1024;

/** Processes of a sandbox, over the contract's `exec`. */
export const processService: Methods = {
  async *start(request, context) {
    const asked = envdRequest(context);
    const timeoutMs = context.timeoutMs();
    if (timeoutMs !== undefined && timeoutMs <= 0) throw timeOver();
    const process = await asked.use.exec.start(
      await toExecRequest(request, { asked, timeoutMs }),
      asked.use.call({ timeoutMs: stepTimeoutMs, signal: context.signal }),
    );
    yield* told(process, { from: 0, asked, context });
  },

  async *connect({ process: selector }, context) {
    const asked = envdRequest(context);
    const process = await select(selector, asked);
    yield* told(process, { asked, context });
  },

  async list(_request, context) {
    const { use } = envdRequest(context);
    const processes = await use.exec.list(use.call({ timeoutMs: stepTimeoutMs }));
    return { processes: processes.filter(isRunning).map(toInfo) };
  },

  async update({ process: selector, pty }, context) {
    const asked = envdRequest(context);
    const { id } = await select(selector, asked);
    if (pty?.size === undefined) return {};
    const size = { columns: pty.size.cols, rows: pty.size.rows };
    await asked.use.exec.resize({ process: id, size }, step(asked));
    return {};
  },

  async sendInput({ process: selector, input }, context) {
    const asked = envdRequest(context);
    const { id } = await select(selector, asked);
    await write(id, input?.input.value, asked);
    return {};
  },

  async streamInput(requests, context) {
    const asked = envdRequest(context);
    let id: string | undefined;
    for await (const { event } of requests) {
      if (event.case === "start") id = (await select(event.value.process, asked)).id;
      if (event.case !== "data") continue;
      if (id === undefined) throw invalid("the first message of an input names its process");
      await write(id, event.value.input?.input.value, asked);
    }
    return {};
  },

  async sendSignal({ process: selector, signal }, context) {
    const asked = envdRequest(context);
    const { id } = await select(selector, asked);
    const name = { [Signal.SIGKILL]: "SIGKILL", [Signal.SIGTERM]: "SIGTERM" }[signal as 9 | 15];
    if (name === undefined) throw invalid("the signal is neither SIGTERM nor SIGKILL");
    await asked.use.exec.signal({ process: id, name }, step(asked));
    return {};
  },

  async closeStdin({ process: selector }, context) {
    const asked = envdRequest(context);
    const { id, request } = await select(selector, asked);
    if (request.tty !== undefined) throw invalid("the input of a terminal is ended by Ctrl-D");
    await asked.use.exec.closeInput({ process: id }, step(asked));
    return {};
  },
};

function told(
  process: MachineProcess,
  options: {
    readonly from?: number;
    readonly asked: EnvdRequest;
    readonly context: HandlerContext;
  },
): AsyncGenerator<ProcessMessage> {
  const { from, asked, context } = options;
  const events = processEvents(process, { from, use: asked.use, signal: context.signal });
  return withKeepalive(events, { everyMs: keepaliveMs(context.requestHeader), sign: keepalive });
}

async function toExecRequest(
  { process, pty, tag, stdin }: StartRequest,
  options: { readonly asked: EnvdRequest; readonly timeoutMs: number | undefined },
): Promise<ExecRequest> {
  const { asked, timeoutMs } = options;
  const { cmd = "", args = [], envs = {}, cwd = "" } = process ?? {};
  return {
    argv: [cmd, ...args],
    env: envs,
    user: asked.user,
    // Without one, the driver takes the home of the user.
    ...(cwd !== "" && { cwd: await homePath(cwd, asked) }),
    ...(pty && { tty: { columns: pty.size?.cols || 80, rows: pty.size?.rows || 24 } }),
    ...(pty === undefined && { hasInput: stdin ?? true }),
    ...(timeoutMs !== undefined && { timeoutMs }),
    ...(tag !== undefined && { tag }),
  };
}

/** The running process that is meant, the youngest of them. */
async function select(
  selector: ProcessSelector | undefined,
  asked: EnvdRequest,
): Promise<MachineProcess> {
  const { case: by, value } = selector?.selector ?? {};
  if (by === undefined) throw invalid("a process is named by its pid or its tag");
  const processes = await asked.use.exec.list(step(asked));
  const found = processes.findLast(
    (each) => isRunning(each) && (by === "pid" ? each.pid === value : each.request.tag === value),
  );
  if (found !== undefined) return found;
  throw new ConnectError(`Cannot find the process with ${by} ${value}: none runs`, Code.NotFound);
}

async function write(id: string, data: Uint8Array | undefined, asked: EnvdRequest): Promise<void> {
  const bytes = data ?? new Uint8Array();
  for (let at = 0; at < bytes.length; at += inputStepBytes) {
    const piece = bytes.subarray(at, at + inputStepBytes);
    try {
      await asked.use.exec.write({ process: id, data: piece }, step(asked));
    } catch (error) {
      if (!isFault(error, "resource.closed")) throw error;
      // It ran when it was written to: what it read may have been what ended it.
      if (!(await runs(id, asked))) return;
      throw closedInput(error);
    }
  }
}

function closedInput(error: Error): ConnectError {
  return new ConnectError(error.message, Code.FailedPrecondition, undefined, undefined, error);
}

async function runs(id: string, asked: EnvdRequest): Promise<boolean> {
  const processes = await asked.use.exec.list(step(asked));
  return processes.some((each) => each.id === id && isRunning(each));
}

function step({ use }: EnvdRequest): ReturnType<typeof use.call> {
  return use.call({ timeoutMs: stepTimeoutMs });
}

function isRunning({ exit }: MachineProcess): boolean {
  return exit === undefined;
}

function toInfo({ pid, request }: MachineProcess) {
  const [cmd = "", ...args] = request.argv;
  const { env = {}, cwd, tag } = request;
  return {
    pid,
    config: { cmd, args, envs: env, ...(cwd !== undefined && { cwd }) },
    ...(tag !== undefined && { tag }),
  };
}

function invalid(what: string): ConnectError {
  return new ConnectError(`Cannot use the process: ${what}`, Code.InvalidArgument);
}

function timeOver(): ConnectError {
  return new ConnectError("Cannot start the process: its time is over", Code.DeadlineExceeded);
}

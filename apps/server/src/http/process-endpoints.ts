import type { ExecDriver, ExecRequest, Exit, KeyedCall, Process } from "@bedplate/environment";
import { isFault, raise } from "@bedplate/errors";
import type { MachineAccess, MachineService } from "@bedplate/machines";
import {
  closeInput,
  type ExecBody,
  execInMachine,
  followOutput,
  getProcess,
  listProcesses,
  type ProcessEventView,
  type ProcessView,
  resizeTerminal,
  signalProcess,
  startProcess,
  writeInput,
} from "@bedplate/routes";
import { bytesOf, given, viewBytes } from "../run-view.ts";
import { type Endpoint, type Exchange, endpoint } from "./exchange.ts";
import { refOf } from "./machine-endpoints.ts";

/** How long one operation on a process may take. */
const operationMs = 60_000;
/** How long a stream may go on: the process decides. */
const streamMs = 2 ** 31 - 1;

/** Processes inside machines. */
export function processEndpoints(machines: MachineService): readonly Endpoint[] {
  return [
    endpoint(execInMachine, (exchange) => runProcess(machines, exchange)),
    endpoint(startProcess, async (exchange) => {
      const access = await accessTo(machines, exchange);
      return viewProcess(await begin(access, exchange));
    }),
    endpoint(listProcesses, async (exchange) => {
      const access = await accessTo(machines, exchange);
      const all = await access.facet("exec").list(callOf(access, exchange));
      return { processes: all.map(viewProcess) };
    }),
    endpoint(getProcess, async (exchange) => {
      const access = await accessTo(machines, exchange);
      const { waitMs } = exchange.query;
      const found = await findProcess(access, exchange);
      if (waitMs === undefined || found.exit !== undefined) return viewProcess(found);
      await waitFor(access, { process: found.id, waitMs, signal: exchange.signal });
      return viewProcess(await findProcess(access, exchange));
    }),
    endpoint(followOutput, (exchange) => followProcess(machines, exchange)),
    ...inputEndpoints(machines),
  ];
}

function inputEndpoints(machines: MachineService): readonly Endpoint[] {
  const on = async <T>(
    exchange: Exchange,
    work: (exec: ExecDriver, process: string, call: KeyedCall) => Promise<T>,
  ) => {
    const access = await accessTo(machines, exchange);
    const process = exchange.params["process"] ?? "";
    return work(access.facet("exec"), process, callOf(access, exchange));
  };
  return [
    endpoint(writeInput, async (exchange) => {
      const data = exchange.body;
      await on(exchange, (exec, process, call) => exec.write({ process, data }, call)).catch(
        rethrowInput,
      );
      return {};
    }),
    endpoint(closeInput, async (exchange) => {
      await on(exchange, (exec, process, call) => exec.closeInput({ process }, call));
      return {};
    }),
    endpoint(signalProcess, async (exchange) => {
      const { name } = exchange.body;
      await on(exchange, (exec, process, call) => exec.signal({ process, name }, call));
      return {};
    }),
    endpoint(resizeTerminal, async (exchange) => {
      const size = exchange.body;
      await on(exchange, (exec, process, call) => exec.resize({ process, size }, call));
      return {};
    }),
  ];
}

/** The facets of the machine that a request names. */
export function accessTo(
  machines: MachineService,
  exchange: Pick<Exchange, "principal" | "params" | "signal">,
): Promise<MachineAccess> {
  const [project, id] = refOf(exchange);
  return machines.reach({ project, id, signal: exchange.signal });
}

/** The call of one operation for a request. */
export function callOf(
  access: MachineAccess,
  { signal, idempotencyKey }: Pick<Exchange, "signal" | "idempotencyKey">,
  timeoutMs: number = operationMs,
): KeyedCall {
  return access.call({ timeoutMs, signal, key: idempotencyKey });
}

async function* runProcess(
  machines: MachineService,
  exchange: Exchange<never, ExecBody>,
): AsyncGenerator<ProcessEventView, void, void> {
  const access = await accessTo(machines, exchange);
  const process = await begin(access, exchange);
  yield { process: viewProcess(process) };
  yield* outputOf(access, { process: process.id, from: 0, signal: exchange.signal });
}

async function* followProcess(
  machines: MachineService,
  exchange: Exchange<{ readonly from?: number | undefined }>,
): AsyncGenerator<ProcessEventView, void, void> {
  const access = await accessTo(machines, exchange);
  const process = await findProcess(access, exchange);
  yield { process: viewProcess(process) };
  const { from } = exchange.query;
  yield* outputOf(access, { process: process.id, from, signal: exchange.signal });
}

async function* outputOf(
  access: MachineAccess,
  options: {
    readonly process: string;
    readonly from: number | undefined;
    readonly signal: AbortSignal;
  },
): AsyncGenerator<ProcessEventView, void, void> {
  const { process, from, signal } = options;
  const exec = access.facet("exec");
  const call = () => access.call({ timeoutMs: streamMs, signal });
  for await (const { stream, data, at } of exec.output({ process, from }, call())) {
    yield { stream, data: viewBytes(data), at };
  }
  yield { exit: await exec.wait({ process }, call()) };
}

async function begin(access: MachineAccess, exchange: Exchange<never, ExecBody>): Promise<Process> {
  const { stdin, ...body } = exchange.body;
  const exec = access.facet("exec");
  const request: ExecRequest = { ...body, ...(stdin !== undefined && { hasInput: true }) };
  const process = await exec.start(request, callOf(access, exchange));
  if (stdin !== undefined) void feed(access, { process: process.id, data: bytesOf(stdin) });
  return process;
}

/** Most bytes of one write. */
const pieceBytes: number = 256 * 1024;

/** Gives all of its input to a process; one that reads no more does without. */
async function feed(
  access: MachineAccess,
  input: { readonly process: string; readonly data: Uint8Array },
): Promise<void> {
  const { process, data } = input;
  const exec = access.facet("exec");
  try {
    for (let at = 0; at < data.length; at += pieceBytes) {
      const piece = data.subarray(at, at + pieceBytes);
      await exec.write({ process, data: piece }, access.call({ timeoutMs: streamMs }));
    }
    await exec.closeInput({ process }, access.call({ timeoutMs: operationMs }));
  } catch {
    // It has ended, or closed its input: its exit tells.
  }
}

async function findProcess(
  access: MachineAccess,
  exchange: Pick<Exchange, "params" | "signal">,
): Promise<Process> {
  const id = exchange.params["process"] ?? "";
  const all = await access.facet("exec").list(callOf(access, exchange));
  const found = all.find((each) => each.id === id);
  if (found !== undefined) return found;
  throw raise("resource.missing", {
    op: "machines.process",
    subject: `process/${id}`,
    detail: { type: "process", id },
    message: `Cannot find process/${id}: the machine knows none of this id`,
  });
}

/** Waits for the end, at most so long. */
async function waitFor(
  access: MachineAccess,
  options: { readonly process: string; readonly waitMs: number; readonly signal: AbortSignal },
): Promise<Exit | undefined> {
  const { process, waitMs, signal } = options;
  const until = AbortSignal.any([signal, AbortSignal.timeout(waitMs)]);
  const call = access.call({ timeoutMs: waitMs + operationMs, signal: until });
  try {
    return await access.facet("exec").wait({ process }, call);
  } catch (error) {
    if (until.aborted && !signal.aborted) return undefined;
    throw error;
  }
}

function viewProcess({ id, pid, request, startedAt, exit }: Process): ProcessView {
  const { argv, tag } = request;
  return { id, pid, argv, ...given("tag", tag), startedAt, ...given("exit", exit) };
}

/** That an input is closed is for the caller to know; it is no place that is away. */
function rethrowInput(error: unknown): never {
  if (!isFault(error, "resource.closed") || error.fault.detail["type"] !== "input") throw error;
  throw raise("phase.illegal", {
    op: "machines.input",
    detail: { op: "write", phase: "closed" },
    message: error.message,
    cause: error,
  });
}

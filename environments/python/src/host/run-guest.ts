import type {
  Budget,
  Call,
  Execution,
  GuestEvent,
  Invocation,
  ObservationHub,
  Outcome,
  ProgramInput,
} from "@bedplate/environment";
import { decodeProgramInput, eventBounds } from "@bedplate/environment";
import { raise } from "@bedplate/errors";
import type { DoneAnswer, RunOrder } from "../channel/messages.ts";
import { monotonicMs } from "../channel/monotonic.ts";
import type { GuestProcess, Reply } from "./guest-process.ts";
import {
  memoryBytesDefault,
  memoryBytesMax,
  pythonManifest,
  type SettledConfig,
} from "./python-manifest.ts";

/** One run, ready for a process. */
export interface GuestRun {
  readonly invocation: Invocation;
  readonly call: Call;
  readonly config: SettledConfig;
  readonly script: Uint8Array;
  readonly caps: Budget;
  readonly hub: ObservationHub;
  /** When the wall time began, on the machine's monotonic clock. */
  readonly startedAtMs: number;
}

/** How long past its wall budget a process may take to answer before it is killed. */
export const killGraceMs = 60;

/** Longest wall time of a run whose budget does not say. */
export const wallMsMax: number = 24 * 60 * 60 * 1000;

/** Runs a script in a process; kills the process when it outlives its time or its caller. */
export async function runGuest(process: GuestProcess, run: GuestRun): Promise<Execution> {
  const { invocation, call, hub } = run;
  const input = decodeProgramInput(invocation.input);
  checkPaths(Object.keys(input.files));
  const { order, body } = orderOf(run, input);
  const journal = new RunJournal(process, run, order.outputBytes);
  hub.tell({ at: 0, point: "run-start", facts: { entry: order.entry } });
  const execution = await whileWatched(process, { call, order, journal, body });
  hub.tell({
    at: execution.usage.fuel,
    point: "run-end",
    facts: { outcome: execution.outcome.kind },
  });
  return execution;
}

interface WatchedRun {
  readonly call: Call;
  readonly order: RunOrder;
  readonly journal: RunJournal;
  readonly body: readonly Uint8Array[];
}

/** Sends the order and waits; the clock and the caller may end the process meanwhile. */
async function whileWatched(process: GuestProcess, watched: WatchedRun): Promise<Execution> {
  const { call, order, journal, body } = watched;
  let isOverdue = false;
  const timer = setTimeout(
    () => {
      isOverdue = true;
      process.kill();
    },
    Math.max(0, order.endsAtMs - monotonicMs()) + killGraceMs,
  );
  const onAbort = () => process.kill();
  call.signal.addEventListener("abort", onAbort, { once: true });
  if (call.signal.aborted) onAbort();
  try {
    return journal.toExecution(await process.request(order, body, journal));
  } catch (error) {
    if (call.signal.aborted) throw call.signal.reason;
    if (isOverdue) return journal.cutOff("wallMs");
    if (journal.isFlooded) return journal.cutOff("outputBytes");
    throw error;
  } finally {
    clearTimeout(timer);
    call.signal.removeEventListener("abort", onAbort);
  }
}

/** Collects what a process says of a run, and holds it to the output budget whatever it says. */
class RunJournal {
  readonly #process: GuestProcess;
  readonly #run: GuestRun;
  readonly #outputBytesMax: number;
  readonly #events: GuestEvent[] = [];
  #eventBytes = 0;
  #fuel = 0;
  isFlooded = false;

  constructor(process: GuestProcess, run: GuestRun, outputBytesMax: number) {
    this.#process = process;
    this.#run = run;
    this.#outputBytesMax = outputBytesMax;
  }

  onEvent(topic: "stdout" | "stderr", data: Uint8Array, fuel: number): void {
    if (this.isFlooded) return;
    const isOver = this.#eventBytes + data.length > this.#outputBytesMax;
    if (isOver || this.#events.length >= eventBounds.eventsMax) {
      // An honest process ends the run itself.
      this.isFlooded = true;
      this.#process.kill();
      return;
    }
    this.#eventBytes += data.length;
    this.#run.hub.tell({ at: fuel, point: "event", facts: { topic, bytes: data.length } });
    const event = { topic, data };
    this.#events.push(event);
    try {
      this.#run.invocation.onEvent?.(event);
    } catch {
      // A listener's own error is not the run's.
    }
  }

  onPulse(fuel: number): void {
    this.#fuel = fuel;
  }

  toExecution({ answer, body }: Reply): Execution {
    if (answer.answer !== "done") throw new Error("the guest process answered something else");
    const outcome = outcomeOf(answer, body);
    const output = "output" in outcome ? outcome.output.length : 0;
    const { fuel, cpuMs, memoryBytes } = answer;
    return this.#execution(outcome, { fuel, cpuMs, memoryBytes, output });
  }

  /** What is known of a run whose process was killed. */
  cutOff(meter: "wallMs" | "outputBytes"): Execution {
    const used = { fuel: this.#fuel, cpuMs: 0, memoryBytes: 0, output: 0 };
    return this.#execution({ kind: "exhausted", meter }, used);
  }

  #execution(
    outcome: Outcome,
    used: {
      readonly fuel: number;
      readonly cpuMs: number;
      readonly memoryBytes: number;
      readonly output: number;
    },
  ): Execution {
    const { output, ...meters } = used;
    const wallMs = Math.round(monotonicMs() - this.#run.startedAtMs);
    const outputBytes = this.#eventBytes + output;
    return { outcome, usage: { ...meters, wallMs, outputBytes }, writes: [], events: this.#events };
  }
}

function outcomeOf(done: DoneAnswer, output: Uint8Array): Outcome {
  switch (done.end) {
    case "returned":
      return { kind: "returned", output, exitCode: 0 };
    case "failed":
      return { kind: "reverted", output: new Uint8Array(), exitCode: done.exitCode };
    case "trapped":
      return { kind: "trapped", reason: done.text };
    case "exhausted":
      return { kind: "exhausted", meter: done.text as "fuel" };
    case "entry":
      throw wrongArgument("/entry", done.text);
    case "argument": {
      const [path = "args"] = done.text.split(" ", 1);
      throw wrongArgument(`/${path}`, done.text.slice(path.length + 1));
    }
  }
}

/** The name that the caller gave; of one that leads elsewhere, or nowhere, its last step. */
function scriptNameOf({ name }: ProgramInput, config: SettledConfig): string {
  if (name === "") return config.scriptName;
  if (!unfit.test(name)) return name;
  const last = name.split(/[\\/]/).at(-1) ?? "";
  return unfit.test(last) ? config.scriptName : last;
}

/** Paths that name no file, or not plainly. */
const unfit = /^$|\0|\/$|(^|\/)\.{1,2}(\/|$)/;

/** Refuses names that no file can have; what else does not fit shows when the files are made. */
function checkPaths(paths: readonly string[]): void {
  const wrong = paths.find((path) => unfit.test(path));
  if (wrong !== undefined) throw wrongArgument("/files", "paths of files, without . or ..");
}

function wrongArgument(path: string, rule: string): Error {
  return raise("argument.invalid", {
    op: "instance.invoke",
    detail: { path, rule },
    message: `Cannot invoke: ${path}: ${rule}`,
  });
}

function orderOf(
  run: GuestRun,
  input: ProgramInput,
): { readonly order: RunOrder; readonly body: readonly Uint8Array[] } {
  const { invocation, call, config, script, caps } = run;
  const { budget, entry, now, seed } = invocation;
  const leftMs = Math.max(0, call.deadlineAt - Date.now());
  const files = Object.entries(input.files);
  const body = [seed, script, input.stdin, ...files.map(([, bytes]) => bytes)];
  const bound = (meter: "fuel" | "memoryBytes" | "outputBytes", otherwise: number) =>
    Math.min(budget[meter] ?? otherwise, caps[meter] ?? Number.POSITIVE_INFINITY);
  const order: RunOrder = {
    order: "run",
    lengths: body.map((part) => part.length),
    files: files.map(([path]) => path),
    scriptName: scriptNameOf(input, config),
    entry,
    args: input.args,
    env: input.env,
    isSession: config.session,
    isDeterministic: config.profile === "deterministic",
    now,
    fuel: bound("fuel", Number.MAX_SAFE_INTEGER),
    endsAtMs: run.startedAtMs + Math.min(budget.wallMs ?? wallMsMax, leftMs, wallMsMax),
    memoryBytes: Math.min(bound("memoryBytes", memoryBytesDefault), memoryBytesMax),
    outputBytes: bound("outputBytes", pythonManifest.declares.invoke.outputBytesMax),
    ...eventBounds,
  };
  return { order, body };
}

import type { Clock } from "@bedplate/clock";
import type {
  Call,
  Execution,
  GuestEvent,
  Invocation,
  ObservationHub,
  Outcome,
} from "@bedplate/environment";
import { raise } from "@bedplate/errors";
import { FakeAttempt, StateMiss } from "./fake-attempt.ts";
import { RunEnd } from "./fake-meter.ts";
import { Safepoint } from "./fake-safepoint.ts";
import type { FakeScript, FakeStep } from "./fake-script.ts";

/** Most keys that one run may load. */
export const loadsMax = 4096;

/** What a run needs from its instance. */
export interface FakeRunOptions {
  readonly script: FakeScript;
  readonly invocation: Invocation;
  readonly call: Call;
  readonly clock: Clock;
  readonly hub: ObservationHub;
  readonly isStopped: () => boolean;
  /** The instance's memory, copied afresh for every attempt. */
  readonly fork: () => Map<string, number>;
}

/** A finished run, and the memory that it left. */
export interface FakeRunResult {
  readonly execution: Execution;
  readonly slots: ReadonlyMap<string, number>;
}

/** Runs a script to its outcome; a state miss loads the key and starts again from the first step. */
export async function runScript(options: FakeRunOptions): Promise<FakeRunResult> {
  const { invocation, call, clock } = options;
  const steps = stepsOf(options.script, invocation.entry);
  const startedAt = clock.monotonic();
  const safepoint = new Safepoint({
    clock,
    call,
    wallMs: invocation.budget.wallMs,
    isStopped: options.isStopped,
  });
  const tell = observer(options);
  tell("run-start", 0, { entry: invocation.entry });
  const called: Outcome[] = [];
  let told = 0;
  // A later attempt makes the same events again; each is told once.
  const onEvent = (event: GuestEvent, index: number) => {
    if (index < told) return;
    told = index + 1;
    invocation.onEvent?.(event);
  };
  for (let loads = 0; ; loads++) {
    const slots = options.fork();
    const attempt = new FakeAttempt({
      invocation,
      slots,
      safepoint,
      called,
      onEvent,
      onObservation: tell,
    });
    const end = await endOf(attempt, steps);
    if (end instanceof StateMiss) {
      await load(end.key, { invocation, call, loads });
      continue;
    }
    const execution = executionOf(attempt, end, clock.monotonic() - startedAt);
    tell("run-end", attempt.meter.fuel, { outcome: execution.outcome.kind });
    return { execution, slots };
  }
}

/** What an entry does; refuses one that the script has not. */
export function stepsOf(script: FakeScript, entry: string): readonly FakeStep[] {
  const found = entry === "main" ? script.steps : script.entries?.[entry];
  if (found !== undefined) return found;
  throw raise("argument.invalid", {
    op: "instance.invoke",
    detail: { path: "/entry", rule: "is no entry of the script" },
    message: "Cannot invoke: /entry is no entry of the script",
  });
}

async function endOf(
  attempt: FakeAttempt,
  steps: readonly FakeStep[],
): Promise<RunEnd | StateMiss> {
  try {
    await attempt.run(steps);
    return new RunEnd("returned");
  } catch (end) {
    if (end instanceof RunEnd || end instanceof StateMiss) return end;
    throw end;
  }
}

async function load(
  key: Uint8Array,
  options: { readonly invocation: Invocation; readonly call: Call; readonly loads: number },
): Promise<void> {
  const { invocation, call, loads } = options;
  if (loads >= loadsMax) {
    throw raise("quota.exceeded", {
      op: "instance.invoke",
      detail: { meter: "loads", limit: loadsMax, asked: loadsMax + 1 },
      message: `Cannot finish the run: it needs more than ${loadsMax} loads`,
    });
  }
  await invocation.reads?.load([key], call);
}

function executionOf(attempt: FakeAttempt, end: RunEnd, wallMs: number): Execution {
  const outcome = outcomeOf(attempt, end);
  const isRefused = outcome.kind === "refused";
  const usage = attempt.meter.usage(Math.ceil(wallMs));
  const hasOutput = outcome.kind === "returned" || outcome.kind === "reverted";
  const outputBytes = usage.outputBytes - (hasOutput ? 0 : attempt.output.length);
  return {
    outcome,
    usage: isRefused ? { ...usage, fuel: 0 } : { ...usage, outputBytes },
    writes: outcome.kind === "returned" ? attempt.writes : [],
    ...(outcome.kind === "returned" && attempt.credits.length > 0 && { credits: attempt.credits }),
    events: attempt.events,
  };
}

function outcomeOf(attempt: FakeAttempt, end: RunEnd): Outcome {
  const { output } = attempt;
  switch (end.kind) {
    case "returned":
      return { kind: "returned", output };
    case "reverted":
      return {
        kind: "reverted",
        output,
        ...(end.exitCode !== undefined && { exitCode: end.exitCode }),
      };
    case "exhausted":
      return { kind: "exhausted", meter: end.word as never };
    case "refused":
      return { kind: "refused", reason: end.word, ...(end.isEarly && { isEarly: true }) };
    default:
      return { kind: end.kind, reason: end.word };
  }
}

function observer(options: FakeRunOptions) {
  return (point: string, at: number, facts: Readonly<Record<string, number | string>>) =>
    options.hub.tell({ point, at, facts });
}

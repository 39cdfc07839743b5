import {
  type Call,
  type Executed,
  emptyState,
  type GuestEvent,
  type Instance,
  type Invocation,
  type KeyedCall,
  newCall,
} from "@bedplate/environment";
import { type Fault, isFault, raise } from "@bedplate/errors";
import type { ReleaseUse } from "@bedplate/registry";
import { withSpan } from "@bedplate/telemetry";
import type { Run } from "./run.ts";
import type { RunsModules } from "./runs-modules.ts";

/** What an execution is given beside its record. */
export interface ExecuteOptions {
  readonly input: Uint8Array;
  /** Abort ends the run. */
  readonly signal: AbortSignal;
  readonly onEvent?: ((event: GuestEvent) => void) | undefined;
}

/** How long preparing and ending an instance may take, beyond the run's own wall budget. */
export const overheadMs = 60_000;
/** Wall bound of a run whose budget names none. */
const wallMsDefault = 300_000;
/** How long a cancelled guest may take to end by itself. */
export const cancelGraceMs = 500;
const attemptsMax = 3;

/** Runs one record on one release: create, start, invoke, stop, release. */
export class Executor {
  readonly #modules: Pick<RunsModules, "clock" | "random">;

  constructor(modules: Pick<RunsModules, "clock" | "random">) {
    this.#modules = modules;
  }

  /** The run's execution. Faults are the platform's; everything that the guest did is an outcome. */
  execute(use: ReleaseUse, run: Run, options: ExecuteOptions): Promise<Executed> {
    const fields = { "bedplate.run": run.id, "bedplate.slot": run.slot };
    return withSpan("run.execute", fields, () => this.#onInstance(use, run, options));
  }

  async #onInstance(use: ReleaseUse, run: Run, options: ExecuteOptions): Promise<Executed> {
    const call = this.#call(run, { signal: options.signal });
    const { artifact, config, budget: caps, labels } = run;
    const instance = await use.environment.create({ artifact, config, caps, labels }, call);
    try {
      await instance.start(call);
      return await invoke(instance, { run, options, call });
    } finally {
      await this.#end(instance, { run, isCancelled: options.signal.aborted });
    }
  }

  /**
   * Stops and frees the instance. Its own failure must not hide the run's result. A guest that was
   * cancelled may hold up the environment's thread, which then cannot hear of it: it is killed.
   */
  async #end(
    instance: Instance,
    { run, isCancelled }: { readonly run: Run; readonly isCancelled: boolean },
  ): Promise<void> {
    const call = this.#call(run, { timeoutMs: isCancelled ? cancelGraceMs : undefined });
    try {
      if (instance.phase === "running") await instance.stop({ graceMs: 0 }, call);
      if (instance.phase !== "released") await instance.release(call);
    } catch (error) {
      if (!isFault(error)) throw error;
      instance.kill();
    }
  }

  #call(
    run: Run,
    options: { readonly signal?: AbortSignal | undefined; readonly timeoutMs?: number | undefined },
  ): KeyedCall {
    const { signal, timeoutMs = (run.budget.wallMs ?? wallMsDefault) + overheadMs } = options;
    const { clock, random } = this.#modules;
    const chance = Buffer.from(random.bytes(9)).toString("base64url");
    return newCall({
      principal: `project/${run.project}`,
      key: `${run.id}/${run.attempts}/${chance}`,
      timeoutMs,
      trace: run.trace ?? "",
      now: () => clock.now(),
      signal,
    });
  }
}

function invoke(
  instance: Instance,
  options: { readonly run: Run; readonly options: ExecuteOptions; readonly call: Call },
): Promise<Executed> {
  const { run, call } = options;
  const { input, onEvent } = options.options;
  const invocation: Invocation = {
    entry: run.entry,
    input,
    budget: run.budget,
    pre: emptyState,
    now: run.now,
    seed: Buffer.from(run.seed, "hex"),
    onEvent,
  };
  return instance.facet("invoke").run(invocation, call);
}

/** True where the fault is a place's, not the run's: nothing was applied, so another try is harmless. */
export function isWorthRetry(error: unknown, attempt: number): boolean {
  if (attempt >= attemptsMax || !isFault(error)) return false;
  return error.fault.kind === "unavailable";
}

/** The fault of a run that was cancelled. */
export function cancelledFault(run: Pick<Run, "id">): Fault {
  return raise("call.cancelled", {
    op: "runs.cancel",
    subject: `run/${run.id}`,
    detail: {},
    message: `Cannot finish run/${run.id}: it was cancelled`,
  }).fault;
}

import type { Outcome } from "@bedplate/environment";
import { Ending } from "./ending.ts";
import { noEntry } from "./entry.ts";
import type { GuestRun } from "./guest-run.ts";
import type { Kernel, KernelName } from "./kernel.ts";
import { evaluateFlags, type QuickJs } from "./quick-js.ts";
import type { RunPlan } from "./run-plan.ts";
import { relaxDeclarations } from "./session-script.ts";
import type { ValueAddress } from "./value.ts";

/** An exception of the guest that nothing of it caught. */
class Uncaught extends Error {
  readonly value: ValueAddress;

  constructor(value: ValueAddress) {
    super("The guest threw");
    this.name = "Uncaught";
    this.value = value;
  }
}

/** The guest asked to exit. */
class Exited extends Error {}

const promiseStates = { pending: 0, fulfilled: 1, rejected: 2 } as const;

/** Exit code of an uncaught exception. */
const exceptionExitCode = 1;

/** Exit code of a program whose top level waits for what can never come; the one that Node uses. */
const unsettledExitCode = 13;

/** Runs one plan in an engine that holds its state: from the script's first line to its outcome. */
export class Execution {
  readonly #engine: QuickJs;
  readonly #run: GuestRun;
  readonly #kernel: Kernel;
  readonly #plan: RunPlan;

  constructor(
    engine: QuickJs,
    options: { readonly run: GuestRun; readonly kernel: Kernel; readonly plan: RunPlan },
  ) {
    this.#engine = engine;
    this.#run = options.run;
    this.#kernel = options.kernel;
    this.#plan = options.plan;
  }

  /** What the guest did. Rejects the caller's mistakes with a fault. */
  run(): Outcome {
    try {
      const outcome = this.#program();
      this.#run.output.flush();
      return outcome;
    } catch (error) {
      this.#run.output.flush();
      if (error instanceof Ending) return error.outcome;
      throw error;
    }
  }

  #program(): Outcome {
    try {
      this.#begin();
      const value = this.#settle(this.#evaluate());
      return this.#plan.entry === "main" ? this.#finishMain(value) : this.#finishCall(value);
    } catch (error) {
      if (this.#run.exitCode !== undefined) return this.#exited(this.#run.exitCode);
      if (error instanceof Uncaught) return this.#uncaught(error.value);
      throw error;
    }
  }

  #begin(): void {
    const { input, name } = this.#plan;
    this.#callKernel("begin", JSON.stringify({ args: input.args, env: input.env, name }));
  }

  #evaluate(): ValueAddress {
    const { name, isModule, isSession } = this.#plan;
    const isRelaxed = isSession && !isModule;
    const source = isRelaxed ? relaxDeclarations(this.#plan.source) : this.#plan.source;
    const flags = isModule ? evaluateFlags.module : evaluateFlags.async;
    return this.#demand(this.#engine.evaluate(source, { name, flags }));
  }

  #finishMain(value: ValueAddress): Outcome {
    this.#drain();
    const exitCode = this.#engine.run("qjs_get_float64", this.#callKernel("exitCode"));
    if (exitCode !== 0) return this.#exited(exitCode);
    const output =
      this.#plan.isSession && !this.#plan.isModule ? this.#json(value) : new Uint8Array();
    return this.#run.returned(output, 0);
  }

  #finishCall(scope: ValueAddress): Outcome {
    const found = this.#find(scope);
    const texts = JSON.stringify(this.#plan.input.args);
    const result = this.#settle(this.#callKernel("call", found, texts));
    this.#drain();
    return this.#run.returned(this.#json(result, { isWhole: true }), undefined);
  }

  /** The function that the entry names. */
  #find(namespace: ValueAddress): ValueAddress {
    const { entry, isModule } = this.#plan;
    const found = isModule
      ? this.#callKernel("findExport", namespace, entry)
      : this.#callKernel("findGlobal", this.#globalNamed(entry), entry);
    if (!this.#engine.isUndefined(found)) return found;
    throw noEntry(entry);
  }

  /** A global variable's value; `let` and `const` are not members of the global object. */
  #globalNamed(name: string): ValueAddress {
    const source = `typeof ${name} === "function" ? ${name} : undefined`;
    const value = this.#engine.evaluate(source, { name: "bedplate:entry", flags: 0 });
    if (!this.#engine.isException(value)) return value;
    this.#engine.free(this.#engine.run("qjs_get_exception"));
    return this.#engine.newUndefined();
  }

  /** The value of a promise, with jobs and timers run until it has one; other values as they are. */
  #settle(value: ValueAddress): ValueAddress {
    const engine = this.#engine;
    if (engine.run("qjs_is_promise", value) === 0) return value;
    engine.run("qjs_promise_mark_as_handled", value);
    for (;;) {
      this.#runJobs();
      const state = engine.run("qjs_promise_state", value);
      if (state === promiseStates.fulfilled) return engine.run("qjs_promise_result", value);
      if (state === promiseStates.rejected) {
        throw new Uncaught(engine.run("qjs_promise_result", value));
      }
      this.#demandHandled();
      if (!this.#fireTimer()) throw this.#unsettled();
    }
  }

  /** Runs what is left: jobs, then timers, until there are none. */
  #drain(): void {
    do {
      this.#runJobs();
      this.#demandHandled();
    } while (this.#fireTimer());
  }

  #runJobs(): void {
    while (this.#engine.run("qjs_is_job_pending") !== 0) {
      if (this.#engine.run("qjs_execute_pending_job") < 0) throw this.#exception();
      if (this.#run.exitCode !== undefined) throw new Exited();
    }
  }

  #demandHandled(): void {
    const reason = this.#run.takeRejection();
    if (reason !== undefined) throw new Uncaught(reason);
  }

  /** Waits for the next timer and runs it; false where there is none. */
  #fireTimer(): boolean {
    const at = this.#engine.run("qjs_get_float64", this.#callKernel("nextTimerAt"));
    if (at < 0) return false;
    this.#run.waitUntil(at);
    this.#callKernel("fireTimer");
    return true;
  }

  #json(value: ValueAddress, options: { readonly isWhole?: boolean } = {}): Uint8Array {
    // A script's value comes as `{ value }` from the engine's asynchronous evaluation.
    const inner = options.isWhole ? value : this.#engine.property(value, "value");
    const json = this.#callKernel("toJson", inner);
    if (this.#engine.isUndefined(json)) return new Uint8Array();
    return this.#engine.textBytes(json) ?? new Uint8Array();
  }

  #exited(exitCode: number): Outcome {
    if (exitCode === 0) return this.#run.returned(new Uint8Array(), 0);
    return { kind: "reverted", output: new Uint8Array(), exitCode };
  }

  #unsettled(): Ending {
    this.#complain("Warning: the top level waits for a promise that nothing can settle\n");
    return new Ending({ kind: "reverted", output: new Uint8Array(), exitCode: unsettledExitCode });
  }

  #uncaught(value: ValueAddress): Outcome {
    const text = this.#describe(value);
    const isMemory =
      this.#run.memory.wasDenied && /^(InternalError: out of memory|null)/.test(text);
    if (isMemory) return { kind: "exhausted", meter: "memoryBytes" };
    this.#complain(`Uncaught ${text}\n`);
    return { kind: "reverted", output: new Uint8Array(), exitCode: exceptionExitCode };
  }

  #describe(value: ValueAddress): string {
    const text = this.#engine.callFunction(this.#kernel.describe, [value]);
    if (!this.#engine.isException(text)) return this.#engine.text(text) ?? "exception";
    const again = this.#engine.run("qjs_get_exception");
    return this.#engine.text(again) ?? "exception";
  }

  #complain(text: string): void {
    this.#run.output.write("stderr", new TextEncoder().encode(text));
  }

  #callKernel(name: KernelName, ...values: readonly (ValueAddress | string)[]): ValueAddress {
    const given = values.map((each) =>
      typeof each === "string" ? this.#engine.newText(each) : each,
    );
    return this.#demand(this.#engine.callFunction(this.#kernel[name], given));
  }

  #demand(value: ValueAddress): ValueAddress {
    if (this.#run.exitCode !== undefined) throw new Exited();
    if (this.#engine.isException(value)) throw this.#exception();
    return value;
  }

  #exception(): Error {
    const value = this.#engine.run("qjs_get_exception");
    return this.#run.exitCode === undefined ? new Uncaught(value) : new Exited();
  }
}

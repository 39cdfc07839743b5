import type { GuestEvent, Outcome } from "@bedplate/environment";
import { MemoryGarbage, type MeteredModule } from "@bedplate/wasm-module";
import type { Base } from "./base-image.ts";
import { Execution } from "./execute.ts";
import { captureImage, restoreImage } from "./guest-image.ts";
import { GuestRun } from "./guest-run.ts";
import { evaluateFlags, QuickJs, type QuickJsHost } from "./quick-js.ts";
import type { RunPlan, RunResult } from "./run-plan.ts";
import { WallWatch } from "./wall-watch.ts";

/** Memory of dropped engines that may wait for the collector. */
const garbageBytesMax: number = 16 * 1024 * 1024;

/** Fuel for finding out what an artifact is. */
const parseFuelMax = 20_000_000_000;

const stripSource = 16;
const asyncScript: number = evaluateFlags.async;

/** What a thread of guests gives each run besides its plan. */
export interface RunContext {
  readonly cells: Int32Array;
  readonly onEvent: (event: GuestEvent) => void;
}

/** Runs plans one after the other, each in an engine that was put into the state it starts from. */
export class GuestEngines {
  readonly #module: MeteredModule;
  readonly #base: Base;
  readonly #garbage = new MemoryGarbage(garbageBytesMax);
  #idle: QuickJs | undefined;

  constructor(module: MeteredModule, base: Base) {
    this.#module = module;
    this.#base = base;
  }

  run(plan: RunPlan, context: RunContext): RunResult {
    const image = plan.image ?? this.#base.image;
    const watch = new WallWatch({ ...plan, cells: context.cells });
    const engine = this.#engine();
    const run = new GuestRun(engine, { plan, watch, onEvent: context.onEvent });
    if (!run.memory.fits(image.memoryBytes)) {
      this.#idle = engine;
      return tooSmall(image.memoryBytes);
    }
    engine.serve(run);
    restoreImage(engine, image);
    this.#seed(engine, run);
    engine.allow({ fuel: plan.budget.fuel, onSlice: () => run.atSlice() });
    const outcome = this.#execute(engine, { run, plan });
    const outputBytes = run.output.bytes + ("output" in outcome ? outcome.output.length : 0);
    const fuel = Math.min(
      Number(engine.instance.fuelUsed),
      plan.budget.fuel ?? Number.MAX_SAFE_INTEGER,
    );
    const usage = {
      fuel,
      wallMs: watch.wallMs,
      cpuMs: watch.cpuMs,
      memoryBytes: engine.memoryBytes,
      outputBytes,
    };
    const isKept = plan.isSession && outcome.kind === "returned";
    const result = { outcome, usage, ...(isKept && { image: captureImage(engine) }) };
    this.#keep(engine);
    return result;
  }

  #execute(engine: QuickJs, options: { readonly run: GuestRun; readonly plan: RunPlan }): Outcome {
    const { run, plan } = options;
    const outcome = new Execution(engine, { run, kernel: this.#base.kernel, plan }).run();
    // Fuel is tested where code loops and calls: the end of a run may lie past the last test.
    const isOver =
      Number(engine.instance.fuelUsed) > (plan.budget.fuel ?? Number.POSITIVE_INFINITY);
    return isOver ? { kind: "exhausted", meter: "fuel" } : outcome;
  }

  /** Whether a text is a module: it says import or export, and is no script. */
  isModule(source: string): boolean {
    if (!/\b(?:import|export)\b/.test(source)) return false;
    const engine = this.#engine();
    engine.serve(nobody);
    restoreImage(engine, this.#base.image);
    engine.allow({ fuel: parseFuelMax });
    try {
      return !parsesAsScript(engine, source);
    } finally {
      this.#keep(engine);
    }
  }

  #engine(): QuickJs {
    const idle = this.#idle;
    this.#idle = undefined;
    return idle ?? new QuickJs(this.#module, nobody);
  }

  /** A memory cannot shrink: an engine that grew past the base is not used again. */
  #keep(engine: QuickJs): void {
    const isAsBase = engine.memoryBytes === this.#base.image.memoryBytes;
    if (isAsBase) this.#idle = engine;
    else this.#garbage.add(engine.memoryBytes);
  }

  /** Gives the memory of engines that are not used again back before more is taken. */
  collect(): void {
    this.#garbage.collect();
  }

  /** Every run has its own chance, from its own seed. */
  #seed(engine: QuickJs, run: GuestRun): void {
    const { buffer } = engine.bytes;
    new DataView(buffer).setBigUint64(this.#base.randomState, run.chance.randomState(), true);
  }
}

function parsesAsScript(engine: QuickJs, source: string): boolean {
  return engine.withText(source, (code, length) =>
    engine.withText("artifact", (name) => {
      const out = engine.writeBytes(new Uint8Array(4));
      return engine.run("qjs_compile", code, length, name, asyncScript, stripSource, out) !== 0;
    }),
  );
}

/** A budget below what the engine itself takes. */
function tooSmall(memoryBytes: number): RunResult {
  const usage = { fuel: 0, wallMs: 0, cpuMs: 0, memoryBytes, outputBytes: 0 };
  return { outcome: { kind: "exhausted", meter: "memoryBytes" }, usage };
}

/** Host of an engine in which only the compiler works. */
const nobody: QuickJsHost = {
  call: () => 0,
  now: () => 0n,
  mayGrow: (pages) => pages < parsePagesMax,
  rejected: () => {},
  normalizeModule: () => undefined,
  loadModule: () => undefined,
};

/** 256 MiB for finding out what an artifact is. */
const parsePagesMax = 4096;

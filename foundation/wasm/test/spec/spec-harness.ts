import {
  type EngineExports,
  type EngineGlobal,
  type EngineImports,
  type EngineInstance,
  type EngineModule,
  engine,
  MeteredInstance,
  type RewriteOptions,
  type RewrittenModule,
  rewriteModule,
} from "../../src/index.ts";
import type { SpecScript } from "./spec-script.ts";

/** What one statement did: nothing to report, or the text of its failure. */
export interface StepResult {
  readonly place: string;
  readonly failure?: string | undefined;
}

interface SpecModule {
  readonly raw: EngineModule;
  readonly rewritten?: { readonly module: EngineModule; readonly about: RewrittenModule };
}

/** Runs a script as it is, or with every module rewritten. */
export function runSpecScript(
  script: SpecScript,
  options: RewriteOptions | undefined,
): readonly StepResult[] {
  const results: StepResult[] = [];
  const step = (_index: number, place: string, action: () => void) => {
    try {
      action();
      results.push({ place });
    } catch (error) {
      results.push({ place, failure: error instanceof Error ? error.message : String(error) });
    }
  };
  const quiet = { log: () => undefined };
  const run = new Function("harness", "step", "console", script.source);
  run(new SpecHarness(options), step, quiet);
  return results;
}

/** Stands between a script and the engine. */
class SpecHarness {
  readonly #options: RewriteOptions | undefined;
  readonly #meters: { readonly metered: MeteredInstance; readonly exports: EngineExports }[] = [];

  constructor(options: RewriteOptions | undefined) {
    this.#options = options;
  }

  compile(raw: EngineModule, text: string): SpecModule {
    if (this.#options === undefined) return { raw };
    const bytes = Uint8Array.from(text, (character) => character.charCodeAt(0));
    const about = rewriteModule(bytes, this.#options);
    return { raw, rewritten: { module: new engine.Module(about.bytes), about } };
  }

  instantiate(module: SpecModule, imports: EngineImports): EngineInstance {
    if (module.rewritten === undefined) return new engine.Instance(module.raw, imports);
    const instance = new engine.Instance(module.rewritten.module, imports);
    const metered = new MeteredInstance(instance, module.rewritten.about);
    metered.allow({});
    this.#meters.push({ metered, exports: instance.exports });
    this.#resetDepth();
    const start = instance.exports["#meter.start"] as (() => void) | undefined;
    if (start !== undefined) this.#guarded(start);
    return instance;
  }

  call(instance: EngineInstance, name: string, values: readonly unknown[]): unknown {
    const entry = instance.exports[name] as (...values: readonly unknown[]) => unknown;
    return this.#guarded(() => entry(...values));
  }

  expectError(action: () => unknown, type: new (message?: string) => Error): void {
    try {
      action();
    } catch (error) {
      if (error instanceof type) return;
    }
    throw new Error(`${type.name} expected`);
  }

  expectExhaustion(action: () => unknown): void {
    try {
      action();
    } catch (error) {
      if (error instanceof RangeError || this.#isTooDeep) return;
    }
    throw new Error("exhaustion expected");
  }

  #isTooDeep = false;

  #guarded(action: () => unknown): unknown {
    try {
      return action();
    } catch (error) {
      this.#isTooDeep = this.#depths().some((each) => each.value < 0);
      this.#resetDepth();
      throw error;
    }
  }

  #depths(): readonly EngineGlobal<number>[] {
    return this.#meters.flatMap(({ exports }) => {
      const depth = exports["#meter.depth"];
      return depth === undefined ? [] : [depth as EngineGlobal<number>];
    });
  }

  #resetDepth(): void {
    for (const depth of this.#depths()) depth.value = 65_536;
  }
}

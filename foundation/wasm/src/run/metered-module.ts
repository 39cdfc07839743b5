import { raise } from "@bedplate/errors";
import { type EngineImports, type EngineModule, engine } from "../engine.ts";
import { type RewrittenModule, rewriteModule } from "../meter/rewrite-module.ts";
import type { RewriteOptions } from "../meter/rewrite-options.ts";
import { MeteredInstance } from "./metered-instance.ts";

/** Rewrites and compiles a module. Types are checked by the engine before anything is added. */
export function compileMetered(bytes: Uint8Array, options: RewriteOptions = {}): MeteredModule {
  const rewritten = rewriteModule(bytes, options);
  if (!engine.validate(bytes)) throw invalid(bytes);
  return compileRewritten(rewritten);
}

/** Compiles bytes that were rewritten before, for example out of a cache. */
export function compileRewritten(rewritten: RewrittenModule): MeteredModule {
  return new MeteredModule(new engine.Module(rewritten.bytes), rewritten);
}

/** A compiled, rewritten module. */
export class MeteredModule {
  /** The engine's module; it can be sent to a worker thread together with `rewritten`. */
  readonly module: EngineModule;
  readonly rewritten: RewrittenModule;

  constructor(module: EngineModule, rewritten: RewrittenModule) {
    this.module = module;
    this.rewritten = rewritten;
  }

  /**
   * Makes an instance. Its start function has not run: call `allow`, then `start`.
   */
  instantiate(imports: EngineImports = {}): MeteredInstance {
    return new MeteredInstance(new engine.Instance(this.module, imports), this.rewritten);
  }
}

function invalid(bytes: Uint8Array): Error {
  try {
    new engine.Module(bytes);
  } catch (cause) {
    const text = cause instanceof Error ? cause.message : "invalid";
    return raise("argument.invalid", {
      op: "wasm.compile",
      detail: { path: "", rule: "valid WebAssembly" },
      message: `Cannot compile the module: ${text}`,
    });
  }
  return raise("internal.bug", {
    op: "wasm.compile",
    detail: { where: "validate" },
    message: "Cannot compile the module: the engine calls it invalid and compiles it",
  });
}

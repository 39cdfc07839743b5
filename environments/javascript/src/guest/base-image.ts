import { readFileSync } from "node:fs";
import { raise } from "@bedplate/errors";
import type { MeteredModule } from "@bedplate/wasm-module";
import { captureImage, type GuestImage } from "./guest-image.ts";
import { hostFunctionNames, type Kernel, kernelNames } from "./kernel.ts";
import { evaluateFlags, QuickJs, type QuickJsHost } from "./quick-js.ts";
import { findRandomState } from "./random-state.ts";

/** What every run starts from: the engine with the prelude evaluated, and where things are in it. */
export interface Base {
  readonly image: GuestImage;
  readonly kernel: Kernel;
  /** Address of the state of `Math.random`. */
  readonly randomState: number;
}

/**
 * Bytes of the engine's stack that scripts may use; more is a RangeError that they can catch. The
 * binary has 1 MiB of it, and the rest is for what throws and handles that error.
 */
const stackBytesMax: number = 896 * 1024;

/** Free memory in the image, so that small scripts need not grow it: growing spoils an instance. */
const headroomBytes: number = 512 * 1024;

/** A moment that every base is made at, so that all are the same bytes. */
const baseNow: bigint = 1_700_000_000_000_000_000n;

const preludePrefix = "bedplate:prelude/";

/** Evaluates the prelude in a fresh engine. The same engine and prelude give the same bytes. */
export function makeBase(module: MeteredModule): Base {
  const engine = new QuickJs(module, preludeHost);
  engine.allow({});
  engine.run("_initialize");
  if (engine.run("qjs_init") !== 0) throw broken("the engine did not start");
  engine.run("qjs_set_max_stack_size", stackBytesMax);
  engine.run("qjs_set_module_loader", 1);
  engine.run("qjs_set_promise_rejection_handler", 1);
  offerHostFunctions(engine);
  const kernel = evaluatePrelude(engine);
  const randomState = locateRandomState(engine);
  engine.run("wasm_free", engine.run("wasm_malloc", headroomBytes));
  return { image: captureImage(engine), kernel, randomState };
}

function offerHostFunctions(engine: QuickJs): void {
  const offered = engine.evaluate("globalThis.bedplateHost = {}", script);
  for (const name of hostFunctionNames) {
    engine.withText(name, (address, length) => {
      const value = engine.run("qjs_new_host_function", address, length, 0);
      engine.run("qjs_set_prop_string", offered, address, value);
      engine.free(value);
    });
  }
  engine.free(offered);
}

function evaluatePrelude(engine: QuickJs): Kernel {
  const main = `${preludePrefix}main.js`;
  const source = preludeHost.loadModule(main) ?? "";
  const done = engine.evaluate(source, { name: main, flags: evaluateFlags.module });
  demandFine(engine, done);
  while (engine.run("qjs_is_job_pending") !== 0) {
    if (engine.run("qjs_execute_pending_job") < 0) throw broken("a job of the prelude failed");
  }
  const failed = engine.run("qjs_promise_state", done) !== 1;
  if (failed) throw broken(engine.text(engine.run("qjs_promise_result", done)) ?? "it threw");
  engine.free(done);
  const global = engine.run("qjs_get_global");
  const kernel = engine.property(global, "bedplateKernel");
  const entries = kernelNames.map((name) => [name, engine.property(kernel, name)] as const);
  engine.free(kernel);
  engine.free(engine.evaluate("delete globalThis.bedplateKernel", script));
  engine.free(global);
  return Object.fromEntries(entries) as Kernel;
}

function locateRandomState(engine: QuickJs): number {
  const images: Uint8Array[] = [];
  for (let i = 0; i < 3; i++) {
    engine.free(engine.evaluate("Math.random()", script));
    images.push(engine.bytes.slice());
  }
  return findRandomState(...(images as [Uint8Array, Uint8Array, Uint8Array]));
}

const script = { name: "bedplate:base", flags: evaluateFlags.script } as const;

function demandFine(engine: QuickJs, value: number): void {
  if (!engine.isException(value)) return;
  const error = engine.run("qjs_get_exception");
  const stack = engine.text(engine.property(error, "stack")) ?? "";
  throw broken(`${engine.text(error) ?? "it threw"} ${stack}`);
}

/** Serves the prelude's own modules, which no script can name. */
const preludeHost: QuickJsHost = {
  call: () => {
    throw broken("it called the host");
  },
  now: () => baseNow,
  mayGrow: () => true,
  rejected: () => {},
  normalizeModule: (_importer, name) => preludePrefix + name.replace("./", ""),
  loadModule: (name) => {
    const file = name.slice(preludePrefix.length);
    return readFileSync(new URL(`../prelude/${file}`, import.meta.url), "utf8");
  },
};

function broken(why: string): Error {
  return raise("internal.bug", {
    op: "javascript.open",
    blame: "plugin",
    detail: { where: "prelude" },
    message: `Cannot evaluate the prelude: ${why}`,
  });
}

import { isFault } from "@bedplate/errors";
import {
  compileMetered,
  compileRewritten,
  decodeModule,
  engine,
  type MeteredModule,
  type RewriteOptions,
} from "@bedplate/wasm-module";
import type { HostFunction } from "../extension/host-function.ts";
import { importProblem } from "./check-imports.ts";
import { type ModuleShape, shapeOf } from "./module-shape.ts";
import { readRewritten, writeRewritten } from "./rewritten-bytes.ts";

/** A module that can run here, or why it cannot. */
export type Preparation =
  | { readonly isAdmitted: true; readonly shape: ModuleShape; readonly compiled: MeteredModule }
  | { readonly isAdmitted: false; readonly reason: string };

/** What preparing needs besides the artifact. */
export interface PrepareOptions {
  readonly rewrite: RewriteOptions;
  readonly hostFunctions: readonly HostFunction[];
  /** Rewritten bytes of an earlier time. */
  readonly cached?: Uint8Array | undefined;
  /** Called with bytes worth keeping. */
  readonly onRewritten?: ((bytes: Uint8Array) => void) | undefined;
}

/** Decodes, checks, rewrites and compiles. A module that is wrong is an answer, never a fault. */
export function prepareModule(bytes: Uint8Array, options: PrepareOptions): Preparation {
  try {
    const shape = shapeOf(decodeModule(bytes, { limits: options.rewrite.limits }));
    const problem = importProblem(shape, options.hostFunctions);
    if (problem !== undefined) return { isAdmitted: false, reason: problem };
    return { isAdmitted: true, shape, compiled: compile(bytes, options) };
  } catch (error) {
    const reason = reasonOf(error);
    if (reason === undefined) throw error;
    return { isAdmitted: false, reason };
  }
}

function compile(bytes: Uint8Array, options: PrepareOptions): MeteredModule {
  const known = options.cached === undefined ? undefined : readRewritten(options.cached);
  if (known !== undefined) {
    try {
      return compileRewritten(known);
    } catch (error) {
      // A cache may have rotted; the artifact itself decides.
      if (!(error instanceof engine.CompileError)) throw error;
    }
  }
  const compiled = compileMetered(bytes, options.rewrite);
  options.onRewritten?.(writeRewritten(compiled.rewritten));
  return compiled;
}

/** Longest reason, in characters. */
const reasonCharactersMax = 500;

function reasonOf(error: unknown): string | undefined {
  const isModuleWrong =
    isFault(error, "argument.invalid") ||
    isFault(error, "quota.exceeded") ||
    error instanceof engine.CompileError;
  return isModuleWrong ? (error as Error).message.slice(0, reasonCharactersMax) : undefined;
}

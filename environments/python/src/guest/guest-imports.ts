import { type EngineImports, type EngineModule, engine } from "@bedplate/wasm-module";
import { descriptorCalls, streamCalls } from "./descriptor-calls.ts";
import type { GuestState, ImportSet } from "./guest-state.ts";
import { pathCalls } from "./path-calls.ts";
import { processCalls } from "./process-calls.ts";
import { refusedCall } from "./refused-calls.ts";
import { timeCalls } from "./time-calls.ts";

/**
 * Everything that the interpreter's module imports. `guest` is asked for at call time, because the
 * guest's memory exists only after the module was instantiated with these imports.
 */
export function guestImports(module: EngineModule, guest: () => GuestState): EngineImports {
  let calls: ImportSet | undefined;
  const known = (): ImportSet => {
    calls ??= allCalls(guest());
    return calls;
  };
  const result: Record<string, Record<string, unknown>> = {};
  for (const { module: from, name, kind } of importsOf(module)) {
    result[from] ??= {};
    const group = result[from];
    // Addresses of functions of optional libraries that are not linked in: all are null.
    if (kind === "global") group[name] = new engine.Global({ value: "i32", mutable: true }, 0);
    if (kind !== "function") continue;
    const refused = refusedCall(name);
    group[name] = (...args: unknown[]) => (known()[name] ?? refused)(...args);
  }
  return result;
}

/** An import as the engine lists it. */
interface ImportEntry {
  readonly module: string;
  readonly name: string;
  readonly kind: string;
}

function importsOf(module: EngineModule): readonly ImportEntry[] {
  const { Module } = engine as unknown as {
    readonly Module: { imports(module: EngineModule): readonly ImportEntry[] };
  };
  return Module.imports(module);
}

function allCalls(guest: GuestState): ImportSet {
  return {
    ...pathCalls(guest),
    ...streamCalls(guest),
    ...descriptorCalls(guest),
    ...timeCalls(guest),
    ...processCalls(guest),
  };
}

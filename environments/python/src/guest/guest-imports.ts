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
export function guestImports(
  module: WebAssembly.Module,
  guest: () => GuestState,
): WebAssembly.Imports {
  let calls: ImportSet | undefined;
  const known = (): ImportSet => {
    calls ??= allCalls(guest());
    return calls;
  };
  const result: Record<string, Record<string, WebAssembly.ImportValue>> = {};
  for (const { module: from, name, kind } of WebAssembly.Module.imports(module)) {
    const group = (result[from] ??= {});
    // Addresses of functions of optional libraries that are not linked in: all are null.
    if (kind === "global") group[name] = new WebAssembly.Global({ value: "i32", mutable: true }, 0);
    if (kind !== "function") continue;
    const refused = refusedCall(name);
    group[name] = (...args: unknown[]) => (known()[name] ?? refused)(...args);
  }
  return result;
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

import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { type EngineModule, engine, type RewrittenModule } from "@bedplate/wasm-module";
import { guestStackBytes } from "../src/channel/guest-stack.ts";
import { bootInterpreter } from "../src/guest/boot-interpreter.ts";
import { meteredModule } from "../src/guest/engine-module.ts";
import { guestImports } from "../src/guest/guest-imports.ts";
import { GuestMachine } from "../src/guest/guest-machine.ts";
import type { InterpreterExports } from "../src/guest/interpreter-exports.ts";
import type { MeteredModule } from "../src/guest/metered-module.ts";

/** Repetitions of each script; the least counts. */
const repeats = 7;

/** Runs scripts in CPython as it is and as it is metered, in turn, in this process. */
export function compareMeters(
  bytes: Uint8Array,
  what: {
    readonly rewritten: RewrittenModule;
    readonly scripts: Readonly<Record<string, string>>;
  },
): readonly { readonly name: string; readonly rawMs: number; readonly meteredMs: number }[] {
  const stackBytes = guestStackBytes / 8;
  const raw = boot(rawModule(new engine.Module(bytes)));
  const metered = boot(meteredModule(what.rewritten, { stackBytes }));
  return Object.entries(what.scripts).map(([name, script]) => {
    let [rawMs, meteredMs] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
    for (let i = 0; i < repeats; i++) {
      rawMs = Math.min(rawMs, timeOf(raw, script));
      meteredMs = Math.min(meteredMs, timeOf(metered, script));
    }
    return { name, rawMs, meteredMs };
  });
}

function boot(module: MeteredModule): GuestMachine {
  const library = readFileSync(fileURLToPath(import.meta.resolve("pyodide/python_stdlib.zip")));
  const machine = new GuestMachine(module, library);
  machine.memoryBytesMax = 512 * 1024 * 1024;
  machine.interpreter.prepare(() => bootInterpreter(machine.exports, machine.memory));
  return machine;
}

function timeOf(machine: GuestMachine, script: string): number {
  const { exports, memory, interpreter } = machine;
  return interpreter.prepare(() => {
    const code = exports.malloc(script.length + 1);
    memory.setText(code, script);
    const startedAt = performance.now();
    if (exports.PyRun_SimpleStringFlags(code, 0) !== 0) throw new Error("the script failed");
    const ms = performance.now() - startedAt;
    exports.free(code);
    return ms;
  });
}

/** The interpreter without any metering. */
function rawModule(module: EngineModule): MeteredModule {
  return {
    instantiate(guest) {
      const { exports } = new engine.Instance(
        module,
        guestImports(module, () => guest),
      );
      return {
        exports: exports as unknown as InterpreterExports,
        prepare: (job) => job(),
        work: (_bounds, job) => job(),
        used: () => 0,
        charge: () => {},
      };
    },
  };
}

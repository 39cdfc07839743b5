import { libraryPath } from "./base-files.ts";
import type { InterpreterExports } from "./interpreter-exports.ts";
import type { LinearMemory } from "./linear-memory.ts";
import { preludeSource, runnerSource } from "./runner-source.ts";

/**
 * Built-in modules that a guest does not get: those that reach past the interpreter (`_ctypes`,
 * `_posixsubprocess`, `_remote_debugging`) and those made to break it in tests.
 */
const withheldModules: ReadonlySet<string> = new Set([
  "_ctypes",
  "_posixsubprocess",
  "_remote_debugging",
  "_testbuffer",
  "_testcapi",
  "_testclinic",
  "_testclinic_limited",
  "_testinternalcapi",
  "_testlimitedcapi",
  "_xxtestfuzz",
  "xxsubtype",
]);

/**
 * Stack in linear memory up to which CPython lets C code recurse; beyond, it raises
 * `RecursionError`. It is smaller than the stack that there is, because the engine's native stack,
 * which the guest does not see, must not be used up first.
 */
const recursionStackBytes = 192 * 1024;

/** Starts CPython in a fresh memory; returns the address of the function that runs scripts. */
export function bootInterpreter(exports: InterpreterExports, memory: LinearMemory): number {
  exports.emscripten_stack_init();
  exports.__wasm_call_ctors();
  withholdModules(exports, memory);
  const text = (value: string): number => {
    const pointer = exports.malloc(new TextEncoder().encode(value).length + 1);
    memory.setText(pointer, value);
    return pointer;
  };
  configure(exports, { memory, text });
  protectStack(exports);
  execute(exports, text(preludeSource));
  return defineRunner(exports, text);
}

function protectStack(exports: InterpreterExports): void {
  const start = exports.emscripten_stack_get_base() - recursionStackBytes;
  const thread = exports.PyThreadState_Get();
  if (exports.PyUnstable_ThreadState_SetStackProtection(thread, start, recursionStackBytes) === 0) {
    return;
  }
  throw new Error("Cannot start the interpreter: it refuses the bounds of its stack");
}

/** A table of name and initialiser per built-in module, ended by an empty row. */
function withholdModules(exports: InterpreterExports, memory: LinearMemory): void {
  const table = memory.u32(exports.PyImport_Inittab.value);
  let to = table;
  for (let from = table; ; from += 8) {
    const name = memory.u32(from);
    if (name !== 0 && withheldModules.has(memory.text(name))) continue;
    memory.setU32(to, name);
    memory.setU32(to + 4, memory.u32(from + 4));
    to += 8;
    if (name === 0) return;
  }
}

interface Texts {
  readonly memory: LinearMemory;
  text(value: string): number;
}

/** An isolated interpreter (PEP 741): no environment variables, no site, fixed hashes. */
function configure(exports: InterpreterExports, { memory, text }: Texts): void {
  const config = exports.PyInitConfig_Create();
  const demand = (status: number): void => {
    if (status === 0) return;
    const slot = exports.malloc(4);
    exports.PyInitConfig_GetError(config, slot);
    throw new Error(`Cannot start the interpreter: ${memory.text(memory.u32(slot))}`);
  };
  const numbers = {
    use_hash_seed: 1n,
    hash_seed: 0n,
    write_bytecode: 0n,
    utf8_mode: 1n,
    site_import: 0n,
    install_signal_handlers: 0n,
  };
  for (const [name, value] of Object.entries(numbers)) {
    demand(exports.PyInitConfig_SetInt(config, text(name), value));
  }
  demand(exports.PyInitConfig_SetStr(config, text("program_name"), text("python")));
  demand(exports.PyInitConfig_SetStr(config, text("home"), text("/")));
  const paths = exports.malloc(4);
  memory.setU32(paths, text(libraryPath));
  demand(exports.PyInitConfig_SetStrList(config, text("module_search_paths"), 1, paths));
  demand(exports.Py_InitializeFromInitConfig(config));
  exports.PyInitConfig_Free(config);
}

function execute(exports: InterpreterExports, code: number): void {
  if (exports.PyRun_SimpleStringFlags(code, 0) === 0) return;
  throw new Error("Cannot start the interpreter: its prelude failed");
}

/** Defines the runner in a module that only the host knows, and finds its function. */
function defineRunner(exports: InterpreterExports, text: Texts["text"]): number {
  const source = JSON.stringify(runnerSource);
  const load = `
import sys as _sys
_runner = type(_sys)("bedplate-runner")
exec(compile(${source}, "bedplate-runner", "exec"), _runner.__dict__)
run = _runner.run
del _sys, _runner
`;
  execute(exports, text(load));
  const main = exports.PyImport_AddModule(text("__main__"));
  const run = exports.PyDict_GetItemString(exports.PyModule_GetDict(main), text("run"));
  if (run === 0) throw new Error("Cannot start the interpreter: it has no runner");
  // The reference that `__main__` holds goes away with the first script; keep one for the host.
  exports.Py_IncRef(run);
  execute(exports, text("del run"));
  return run;
}

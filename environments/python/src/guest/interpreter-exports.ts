import type { EngineGlobal, EngineMemory, EngineTable } from "@bedplate/wasm-module";

/** The functions of the interpreter's module that the host calls; pointers are numbers. */
export interface InterpreterExports {
  readonly memory: EngineMemory;
  readonly __indirect_function_table: EngineTable;
  readonly PyImport_Inittab: EngineGlobal<number>;
  __wasm_call_ctors(): void;
  emscripten_stack_init(): void;
  emscripten_stack_get_base(): number;
  PyThreadState_Get(): number;
  PyUnstable_ThreadState_SetStackProtection(thread: number, start: number, size: number): number;
  malloc(size: number): number;
  free(pointer: number): void;
  PyInitConfig_Create(): number;
  PyInitConfig_Free(config: number): void;
  PyInitConfig_SetInt(config: number, name: number, value: bigint): number;
  PyInitConfig_SetStr(config: number, name: number, value: number): number;
  PyInitConfig_SetStrList(config: number, name: number, count: number, items: number): number;
  PyInitConfig_GetError(config: number, message: number): number;
  Py_InitializeFromInitConfig(config: number): number;
  PyRun_SimpleStringFlags(code: number, flags: number): number;
  PyImport_AddModule(name: number): number;
  PyModule_GetDict(module: number): number;
  PyDict_GetItemString(dict: number, key: number): number;
  PyBytes_FromStringAndSize(bytes: number, size: number): number;
  PyBytes_AsString(object: number): number;
  PyBytes_Size(object: number): number;
  PyObject_CallOneArg(callable: number, argument: number): number;
  PyErr_Clear(): void;
  Py_IncRef(object: number): void;
  Py_DecRef(object: number): void;
}

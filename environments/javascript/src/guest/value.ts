/** Address of a value of the engine, in the engine's memory. 0 is none. */
export type ValueAddress = number;

/** The engine's exports that the host uses. Addresses and lengths are numbers of 32 bits. */
export interface QuickJsExports {
  readonly memory: { readonly buffer: ArrayBuffer; grow(pages: number): number };
  readonly __stack_pointer: { value: number };
  readonly _initialize: () => void;
  readonly JS_SetUncatchableError: (context: number, value: bigint) => void;
  readonly wasm_malloc: (bytes: number) => number;
  readonly wasm_free: (address: number) => void;
  readonly qjs_init: () => number;
  readonly qjs_set_max_stack_size: (bytes: number) => void;
  readonly qjs_set_module_loader: (isOn: number) => void;
  readonly qjs_set_promise_rejection_handler: (isOn: number) => void;
  readonly qjs_get_context_ptr: () => number;
  readonly qjs_eval: (code: number, length: number, name: number, flags: number) => ValueAddress;
  readonly qjs_compile: (
    code: number,
    length: number,
    name: number,
    evalFlags: number,
    writeFlags: number,
    lengthOut: number,
  ) => number;
  readonly qjs_call: (
    called: ValueAddress,
    self: ValueAddress,
    count: number,
    values: number,
  ) => ValueAddress;
  readonly qjs_throw: (value: ValueAddress) => ValueAddress;
  readonly qjs_new_error: () => ValueAddress;
  readonly qjs_new_string: (text: number, length: number) => ValueAddress;
  readonly qjs_new_number: (value: number) => ValueAddress;
  readonly qjs_new_array_buffer: (bytes: number, length: number) => ValueAddress;
  readonly qjs_new_host_function: (name: number, length: number, arity: number) => ValueAddress;
  readonly qjs_get_global: () => ValueAddress;
  readonly qjs_get_undefined: () => ValueAddress;
  readonly qjs_get_prop_string: (value: ValueAddress, name: number) => ValueAddress;
  readonly qjs_set_prop_string: (value: ValueAddress, name: number, to: ValueAddress) => number;
  readonly qjs_get_string_len: (value: ValueAddress, lengthOut: number) => number;
  readonly qjs_free_cstring: (text: number) => void;
  readonly qjs_get_array_buffer: (value: ValueAddress, lengthOut: number) => number;
  readonly qjs_get_float64: (value: ValueAddress) => number;
  readonly qjs_get_exception: () => ValueAddress;
  readonly qjs_get_value_ptr: (value: ValueAddress) => number;
  readonly qjs_is_exception: (value: ValueAddress) => number;
  readonly qjs_is_undefined: (value: ValueAddress) => number;
  readonly qjs_is_promise: (value: ValueAddress) => number;
  readonly qjs_is_array_buffer: (value: ValueAddress) => number;
  readonly qjs_promise_state: (promise: ValueAddress) => number;
  readonly qjs_promise_result: (promise: ValueAddress) => ValueAddress;
  readonly qjs_promise_mark_as_handled: (promise: ValueAddress) => void;
  readonly qjs_is_job_pending: () => number;
  readonly qjs_execute_pending_job: () => number;
  readonly qjs_free_value: (value: ValueAddress) => void;
  readonly qjs_get_quickjs_version: () => number;
}

/** Names of the exports that are functions. */
export type QuickJsFunction = {
  [N in keyof QuickJsExports]: QuickJsExports[N] extends (...values: never[]) => unknown
    ? N
    : never;
}[keyof QuickJsExports];

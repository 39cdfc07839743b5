import type { CallEnd, EngineImports, MeteredInstance, MeteredModule } from "@bedplate/wasm-module";
import { Ending, exhausted } from "./ending.ts";
import type { QuickJsExports, QuickJsFunction, ValueAddress } from "./value.ts";

/** What the engine asks of its host; each run brings its own. */
export interface QuickJsHost {
  /** A function of the prelude's host object; 0 after `throwInto`. */
  call(name: string, values: readonly ValueAddress[]): ValueAddress;
  /** Nanoseconds since 1970. */
  now(): bigint;
  /** Pages that the memory may have, in the end. */
  mayGrow(pages: number): boolean;
  /** The host owns both values. */
  rejected(promise: ValueAddress, reason: ValueAddress, isHandled: boolean): void;
  /** The full name of a module; undefined where the importer may not name it. */
  normalizeModule(importer: string, name: string): string | undefined;
  /** Its source text. */
  loadModule(name: string): string | undefined;
}

/** Flags of `evaluate`; the engine's own numbers. */
export const evaluateFlags: Readonly<Record<"script" | "module" | "async", number>> = {
  script: 0,
  module: 1,
  /** A script that may await at its top level; its value is a promise of `{ value }`. */
  async: 128,
};

/** Fuel between two calls of `onSlice`: about a millisecond of work. */
const sliceFuel = 10_000_000n;

/**
 * Call depth in slots of 8 bytes of native frames, as the rewriter weighs them: a net below the
 * engine's own limit, which every recursion that was tried reaches first. The weights are upper
 * estimates: what they call 56 MiB takes less than 16 MiB of native stack.
 */
const depthSlotsMax: number = (56 * 1024 * 1024) / 8;

const badFile = 8;
const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/** One instance of the engine: texts, values and calls over its memory. */
export class QuickJs {
  readonly instance: MeteredInstance;
  readonly #exports: QuickJsExports;
  #host: QuickJsHost;
  #stopping: Ending | undefined;

  constructor(module: MeteredModule, host: QuickJsHost) {
    this.#host = host;
    this.instance = module.instantiate(this.#imports());
    this.#exports = this.instance.exports as unknown as QuickJsExports;
  }

  get memoryBytes(): number {
    return this.#exports.memory.buffer.byteLength;
  }

  get bytes(): Uint8Array {
    return new Uint8Array(this.#exports.memory.buffer);
  }

  get stackPointer(): number {
    return this.#exports.__stack_pointer.value;
  }

  set stackPointer(address: number) {
    this.#exports.__stack_pointer.value = address;
  }

  /** Who answers from now on. */
  serve(host: QuickJsHost): void {
    this.#host = host;
  }

  /** Starts a new account of fuel; `onSlice` may end the run by throwing an `Ending`. */
  allow(options: {
    readonly fuel?: number | undefined;
    readonly onSlice?: (() => void) | undefined;
  }): void {
    const { fuel, onSlice } = options;
    this.#stopping = undefined;
    this.instance.allow({
      ...(fuel !== undefined && { fuel: BigInt(fuel) }),
      ...(onSlice && { sliceFuel, onSlice: () => this.#mayGoOn(onSlice) }),
      depthSlots: depthSlotsMax,
    });
  }

  /** Saying no, and not throwing, leaves the account of fuel exact. */
  #mayGoOn(onSlice: () => void): boolean {
    try {
      onSlice();
      return true;
    } catch (error) {
      if (!(error instanceof Ending)) throw error;
      this.#stopping = error;
      return false;
    }
  }

  grow(pages: number): void {
    this.#exports.memory.grow(pages);
  }

  /** Calls an export under the meters; throws `Ending` where the guest cannot go on. */
  run<N extends QuickJsFunction>(
    name: N,
    ...values: Parameters<QuickJsExports[N]>
  ): ReturnType<QuickJsExports[N]> {
    const end = this.instance.run(
      this.#exports[name] as (...v: readonly unknown[]) => unknown,
      values,
    );
    if (end.kind === "returned") return end.value as ReturnType<QuickJsExports[N]>;
    throw end.kind === "stopped" ? this.#stopping : endingOf(end);
  }

  /** Writes bytes into memory of the engine; the caller frees them. */
  writeBytes(bytes: Uint8Array): number {
    const address = this.run("wasm_malloc", bytes.length + 1);
    if (address === 0) throw exhausted("memoryBytes");
    const memory = this.bytes;
    memory.set(bytes, address);
    memory[address + bytes.length] = 0;
    return address;
  }

  /** Lets `work` use a text as a C string. */
  withText<T>(text: string, work: (address: number, length: number) => T): T {
    const bytes = encoder.encode(text);
    const address = this.writeBytes(bytes);
    const result = work(address, bytes.length);
    this.run("wasm_free", address);
    return result;
  }

  evaluate(code: string, options: { readonly name: string; readonly flags: number }): ValueAddress {
    return this.withText(code, (address, length) =>
      this.withText(options.name, (name) =>
        this.run("qjs_eval", address, length, name, options.flags),
      ),
    );
  }

  /** Calls a function value with values that stay the caller's. */
  callFunction(called: ValueAddress, values: readonly ValueAddress[]): ValueAddress {
    const self = this.run("qjs_get_undefined");
    const list = this.writeBytes(new Uint8Array(Uint32Array.from(values).buffer));
    const result = this.run("qjs_call", called, self, values.length, list);
    this.run("wasm_free", list);
    this.free(self);
    return result;
  }

  property(value: ValueAddress, name: string): ValueAddress {
    return this.withText(name, (address) => this.run("qjs_get_prop_string", value, address));
  }

  newText(text: string): ValueAddress {
    return this.withText(text, (address, length) => this.run("qjs_new_string", address, length));
  }

  newBuffer(bytes: Uint8Array): ValueAddress {
    const address = this.writeBytes(bytes);
    const value = this.run("qjs_new_array_buffer", address, bytes.length);
    this.run("wasm_free", address);
    return value;
  }

  newUndefined(): ValueAddress {
    return this.run("qjs_get_undefined");
  }

  /** A value's text as UTF-8; a view of the memory is copied. Undefined where converting threw. */
  textBytes(value: ValueAddress): Uint8Array | undefined {
    const out = this.run("wasm_malloc", 4);
    if (out === 0) throw exhausted("memoryBytes");
    const text = this.run("qjs_get_string_len", value, out);
    const length = this.#word(out);
    this.run("wasm_free", out);
    if (text === 0) return undefined;
    const bytes = this.bytes.slice(text, text + length);
    this.run("qjs_free_cstring", text);
    return bytes;
  }

  text(value: ValueAddress): string | undefined {
    const bytes = this.textBytes(value);
    return bytes && decoder.decode(bytes);
  }

  /** A copy of the bytes of an ArrayBuffer. */
  bufferBytes(value: ValueAddress): Uint8Array {
    const out = this.run("wasm_malloc", 4);
    if (out === 0) throw exhausted("memoryBytes");
    const address = this.run("qjs_get_array_buffer", value, out);
    const length = address === 0 ? 0 : this.#word(out);
    this.run("wasm_free", out);
    return this.bytes.slice(address, address + length);
  }

  /** Makes the engine throw an error that its guest cannot catch. */
  throwUncatchable(): void {
    const error = this.run("qjs_new_error");
    const context = this.run("qjs_get_context_ptr");
    this.run("JS_SetUncatchableError", context, this.rawValue(error));
    this.free(this.run("qjs_throw", error));
    this.free(error);
  }

  /** The 64 bits of a value. */
  rawValue(value: ValueAddress): bigint {
    return new DataView(this.#exports.memory.buffer).getBigUint64(value, true);
  }

  isException(value: ValueAddress): boolean {
    return this.run("qjs_is_exception", value) !== 0;
  }

  isUndefined(value: ValueAddress): boolean {
    return this.run("qjs_is_undefined", value) !== 0;
  }

  free(value: ValueAddress): void {
    if (value !== 0) this.run("qjs_free_value", value);
  }

  /** A text that ends with a zero. */
  cString(address: number): string {
    const memory = this.bytes;
    return decoder.decode(memory.slice(address, memory.indexOf(0, address)));
  }

  #word(address: number): number {
    return new DataView(this.#exports.memory.buffer).getUint32(address, true);
  }

  /** The whole surface between guest and host: no host object goes through any of these. */
  #imports(): EngineImports {
    return {
      env: {
        host_get_timezone_offset: () => 0,
        host_interrupt: () => 0,
        host_promise_rejection: (promise: number, reason: number, isHandled: number) =>
          this.#host.rejected(promise, reason, isHandled !== 0),
        host_module_normalize: (importer: number, name: number) => this.#normalize(importer, name),
        host_module_load: (name: number, lengthOut: number) => this.#load(name, lengthOut),
        host_call: (name: number, length: number, _self: number, count: number, values: number) =>
          this.#hostCall({ name, length, count, values }),
      },
      wasi_snapshot_preview1: {
        clock_time_get: (_clock: number, _precision: bigint, out: number) => {
          const view = new DataView(this.#exports.memory.buffer);
          view.setBigUint64(out, this.#host.now(), true);
          return 0;
        },
        // The patched allocator asks here for more pages.
        fd_close: (pages: number) => this.#growForGuest(pages),
        fd_fdstat_get: () => badFile,
        fd_seek: () => badFile,
        fd_write: () => badFile,
        random_get: (address: number, length: number) => {
          this.bytes.fill(0, address, address + length);
          return 0;
        },
      },
    };
  }

  #growForGuest(pages: number): number {
    const { memory } = this.#exports;
    const before = memory.buffer.byteLength / 65_536;
    if (!this.#host.mayGrow(before + (pages >>> 0))) return -1;
    memory.grow(pages >>> 0);
    return before;
  }

  #hostCall(call: {
    readonly name: number;
    readonly length: number;
    readonly count: number;
    readonly values: number;
  }): ValueAddress {
    const name = decoder.decode(this.bytes.slice(call.name, call.name + call.length));
    const values: ValueAddress[] = [];
    for (let i = 0; i < call.count; i++) values.push(this.#word(call.values + 4 * i));
    return this.#host.call(name, values);
  }

  #normalize(importer: number, name: number): number {
    const full = this.#host.normalizeModule(this.cString(importer), this.cString(name));
    return full === undefined ? 0 : this.writeBytes(encoder.encode(full));
  }

  #load(name: number, lengthOut: number): number {
    const source = this.#host.loadModule(this.cString(name));
    if (source === undefined) return 0;
    const bytes = encoder.encode(source);
    const address = this.writeBytes(bytes);
    new DataView(this.#exports.memory.buffer).setUint32(lengthOut, bytes.length, true);
    return address;
  }
}

function endingOf(end: Exclude<CallEnd, { kind: "returned" | "stopped" }>): unknown {
  switch (end.kind) {
    case "threw":
      return end.error;
    case "out-of-fuel":
      return exhausted("fuel");
    case "too-deep":
      return new Ending({ kind: "trapped", reason: "stack overflow" });
    case "trapped":
      return new Ending({ kind: "trapped", reason: end.reason });
  }
}

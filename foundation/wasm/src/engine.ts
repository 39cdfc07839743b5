/** A linear memory of the host's engine. */
export interface EngineMemory {
  readonly buffer: ArrayBuffer;
  grow(pages: number | bigint): number | bigint;
}

/** A global variable of the host's engine. */
export interface EngineGlobal<T = unknown> {
  value: T;
}

/** A table of the host's engine. */
export interface EngineTable {
  readonly length: number | bigint;
  get(index: number | bigint): unknown;
  set(index: number | bigint, value?: unknown): void;
  grow(count: number | bigint, value?: unknown): number | bigint;
}

/** What a module imports, by module name and field name. */
export type EngineImports = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

/** What an instance exports. */
export type EngineExports = Readonly<Record<string, unknown>>;

/** A compiled module; it can be sent to worker threads. */
export interface EngineModule {
  readonly [Symbol.toStringTag]?: string;
}

/** An instance of a compiled module. */
export interface EngineInstance {
  readonly exports: EngineExports;
}

/** The part of the `WebAssembly` namespace that hosts of modules use. */
export interface Engine {
  readonly Module: new (bytes: Uint8Array) => EngineModule;
  readonly Instance: new (module: EngineModule, imports?: EngineImports) => EngineInstance;
  readonly Memory: new (descriptor: {
    readonly initial: number;
    readonly maximum?: number | undefined;
    readonly shared?: boolean | undefined;
  }) => EngineMemory;
  readonly Global: new <T>(
    descriptor: { readonly value: string; readonly mutable?: boolean },
    value?: T,
  ) => EngineGlobal<T>;
  readonly Table: new (descriptor: {
    readonly initial: number;
    readonly maximum?: number | undefined;
    readonly element: string;
  }) => EngineTable;
  readonly CompileError: new (message?: string) => Error;
  readonly LinkError: new (message?: string) => Error;
  readonly RuntimeError: new (message?: string) => Error;
  validate(bytes: Uint8Array): boolean;
}

/** The host's WebAssembly engine; Node's type declarations leave it out. */
export const engine: Engine = (globalThis as unknown as { readonly WebAssembly: Engine })
  .WebAssembly;

/** What the tests need of the host's engine; Node's type declarations leave it out. */
export interface BareEngine {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (
    module: object,
    imports: object,
  ) => { readonly exports: Readonly<Record<string, unknown>> };
  readonly Memory: new (descriptor: { readonly initial: number }) => BareMemory;
}

/** A linear memory. */
export interface BareMemory {
  readonly buffer: ArrayBuffer;
  grow(pages: number): number;
}

/** The engine, without metering. */
export const engine: BareEngine = (globalThis as unknown as { WebAssembly: BareEngine })
  .WebAssembly;

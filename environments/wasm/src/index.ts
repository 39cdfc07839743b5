export type { AllocatorKind, WasmConfig, WasmInstanceConfig, WasmProfileName } from "./config.ts";
export { wasmConfigSchema, wasmInstanceSchema } from "./config.ts";
export type { GuestBytes, HostArguments, HostFunction } from "./extension/host-function.ts";
export { mlDsa65Verify } from "./extension/ml-dsa-65-verify.ts";
export { sha256 } from "./extension/sha256.ts";
export { LinearMemory } from "./inspect/linear-memory.ts";
export { wasmDecoder } from "./inspect/wasm-decoder.ts";
export { type WasmDeclares, wasmManifest } from "./manifest.ts";
export { type WasmPluginOptions, wasmPlugin } from "./wasm-plugin.ts";

export { type MemoryStateOptions, openMemoryState } from "./memory-state.ts";
export { provider } from "./provider.ts";

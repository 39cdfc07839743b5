export { type MemoryStateOptions, openMemoryState } from "./memory-state.ts";

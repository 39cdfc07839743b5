export { type MemoryCacheOptions, openMemoryCache } from "./memory-cache.ts";
export { openMissingCache } from "./missing-cache.ts";
export { provider } from "./provider.ts";

export type { CountChange } from "./cache-counting.ts";
export type {
  CacheCapabilities,
  CacheClaim,
  CacheCondition,
  CacheDriver,
  CacheFinding,
  CacheHit,
  CacheLimits,
  DriverClaim,
  DriverCount,
  DriverItem,
  DriverSetAnswer,
  Version,
} from "./cache-driver.ts";
export type { CacheItem, CacheLife, CacheWrite } from "./cache-item.ts";
export { cacheLimitsDefault } from "./cache-limits.ts";
export {
  CacheStore,
  type CacheStoreOptions,
  type Waiting,
  type WonClaim,
} from "./cache-store.ts";
export type { CacheTally } from "./cache-tally.ts";
export type { CacheSetResult } from "./set-batch.ts";
export type { FillOptions, LoadValue } from "./single-flight.ts";

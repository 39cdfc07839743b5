export {
  openRedisClient,
  type RedisCallOptions,
  RedisClient,
  type RedisRequest,
} from "./redis-client.ts";
export { isRedisError, type RedisError } from "./redis-error.ts";
export { faultOfRedis, type RedisFaultContext } from "./redis-fault.ts";
export type { RedisCommand, RedisValue } from "./redis-link.ts";
export { defineScript, type RedisScript, type RedisScriptCall } from "./redis-script.ts";
export {
  type RedisProperties,
  type RedisSettings,
  readRedisUrl,
  redisProperties,
  redisSchemes,
} from "./redis-settings.ts";
export { openScratchPrefix, type ScratchPrefix } from "./scratch-prefix.ts";

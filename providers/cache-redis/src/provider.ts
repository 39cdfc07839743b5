import type { CacheDriver, CacheLimits } from "@bedplate/cache";
import type { ProviderHost, ProviderModule, ScratchPlace } from "@bedplate/provider";
import {
  openRedisClient,
  openScratchPrefix,
  type RedisSettings,
  readRedisUrl,
  redisProperties,
  redisSchemes,
} from "@bedplate/redis";
import { defineSchema, type Schema, Type } from "@bedplate/schema";
import { RedisCache } from "./redis-cache.ts";

const settings: Schema<RedisSettings> = defineSchema(
  Type.Object(
    {
      ...redisProperties,
      // Who asks a cache wants an answer soon or none.
      connectTimeoutMs: Type.Integer({ default: 1_000, minimum: 10, maximum: 60_000 }),
      commandTimeoutMs: Type.Integer({ default: 1_000, minimum: 10, maximum: 60_000 }),
    },
    { additionalProperties: false },
  ),
);

/** The cache contract on a Redis server, by URL: `redis:` or, over TLS, `rediss:`. */
export const provider: ProviderModule<CacheDriver> = {
  contract: "cache",
  name: "cache-redis",
  schemes: redisSchemes,
  settings: settings.jsonSchema,
  open: openRedisCache,
  openScratch: openScratchPlace,
};

/** Opens a cache on a Redis server; throws when it does not answer. */
export async function openRedisCache(
  url: string,
  host: ProviderHost,
  limits: Partial<CacheLimits> = {},
): Promise<CacheDriver> {
  const client = await openRedisClient(readRedisUrl(url, settings), host);
  try {
    // Keys need the engine's run: better to hear now than at the first lookup that it is not told.
    await client.read(() => ["PING"], { op: "cache.open" });
    return new RedisCache(client, limits);
  } catch (error) {
    await client[Symbol.asyncDispose]();
    throw error;
  }
}

async function openScratchPlace(
  url: string,
  host: ProviderHost,
): Promise<ScratchPlace<CacheDriver>> {
  const scratch = await openScratchPrefix(url, { host, settings });
  return {
    open: () => openRedisCache(scratch.url, host),
    [Symbol.asyncDispose]: () => scratch[Symbol.asyncDispose](),
  };
}

import type { ProviderHost, ProviderModule, ScratchPlace } from "@bedplate/provider";
import type { QueueDriver } from "@bedplate/queue";
import {
  openRedisClient,
  openScratchPrefix,
  type RedisSettings,
  readRedisUrl,
  redisProperties,
  redisSchemes,
} from "@bedplate/redis";
import { defineSchema, type Schema, Type } from "@bedplate/schema";
import { isDurable } from "./durability.ts";
import { RedisQueue, type RedisQueueOptions } from "./redis-queue.ts";

const settings: Schema<RedisSettings> = defineSchema(
  Type.Object(
    {
      ...redisProperties,
      // The part of a key in braces is the queue: it says on which server of a cluster the queue is.
      keyPrefix: Type.String({ default: "bedplate:", maxLength: 128, pattern: "^[^{}]*$" }),
    },
    { additionalProperties: false },
  ),
);

/** The queue contract on a Redis server, by URL: `redis:` or, over TLS, `rediss:`. */
export const provider: ProviderModule<QueueDriver> = {
  contract: "queue",
  name: "queue-redis",
  schemes: redisSchemes,
  settings: settings.jsonSchema,
  open: openRedisQueue,
  openScratch: openScratchPlace,
};

/** Opens queues on a Redis server; asks it whether it keeps what it acknowledges. */
export async function openRedisQueue(
  url: string,
  host: ProviderHost,
  options: Pick<RedisQueueOptions, "limits" | "agingMs" | "clock"> = {},
): Promise<QueueDriver> {
  const client = await openRedisClient(readRedisUrl(url, settings), host);
  try {
    return new RedisQueue({ ...options, client, isDurable: await isDurable(client) });
  } catch (error) {
    await client[Symbol.asyncDispose]();
    throw error;
  }
}

async function openScratchPlace(
  url: string,
  host: ProviderHost,
): Promise<ScratchPlace<QueueDriver>> {
  const scratch = await openScratchPrefix(url, { host, settings });
  return {
    open: () => openRedisQueue(scratch.url, host),
    [Symbol.asyncDispose]: () => scratch[Symbol.asyncDispose](),
  };
}

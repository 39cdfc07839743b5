import { newId, systemRandom } from "@bedplate/clock";
import type { ProviderHost } from "@bedplate/provider";
import type { Schema } from "@bedplate/schema";
import { openRedisClient } from "./redis-client.ts";
import { type RedisSettings, readRedisUrl } from "./redis-settings.ts";
import { removePrefix } from "./remove-prefix.ts";

/** Keys of its own on the server of a URL; disposing it removes them. */
export interface ScratchPrefix extends AsyncDisposable {
  /** The URL with the prefix in it. */
  readonly url: string;
}

/** Names keys that nobody has, and connects to the server that will have them. */
export async function openScratchPrefix(
  url: string,
  options: { readonly host: ProviderHost; readonly settings: Schema<RedisSettings> },
): Promise<ScratchPrefix> {
  const { host, settings } = options;
  const prefix = `bedplate-${newId("scratch", host.clock.now(), systemRandom)}:`;
  const scratchUrl = new URL(url);
  scratchUrl.searchParams.set("keyPrefix", prefix);
  const cleaner = await openRedisClient(readRedisUrl(scratchUrl.href, settings), host);
  return {
    url: scratchUrl.href,
    async [Symbol.asyncDispose]() {
      await using client = cleaner;
      await removePrefix(client, prefix);
    },
  };
}

import { isFault } from "@bedplate/errors";
import { isRedisError, type RedisClient } from "@bedplate/redis";

const op = "queue.open";

/**
 * True when the server says that it has on its disk what it acknowledges. One that does not let us
 * ask promises nothing.
 */
export async function isDurable(client: RedisClient): Promise<boolean> {
  return (
    (await setting(client, "appendonly")) === "yes" &&
    (await setting(client, "appendfsync")) === "always"
  );
}

async function setting(client: RedisClient, name: string): Promise<string | undefined> {
  try {
    const answer = await client.read<readonly string[]>(["CONFIG", "GET", name], {
      op,
      isText: true,
    });
    return answer[1];
  } catch (error) {
    // Hosted servers have no CONFIG, or deny it.
    if (isFault(error, "provider.denied") || isRedisError(error)) return undefined;
    throw error;
  }
}

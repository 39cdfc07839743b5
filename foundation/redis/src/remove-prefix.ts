import type { RedisClient } from "./redis-client.ts";

const scanCount = 1_000;

/** Removes every key that begins with the prefix. What is written meanwhile may stay. */
export async function removePrefix(client: RedisClient, prefix: string): Promise<void> {
  const pattern = `${prefix.replaceAll(/[\\*?[\]]/g, "\\$&")}*`;
  let cursor = "0";
  do {
    const [next, keys] = await client.read<[string, readonly string[]]>(
      ["SCAN", cursor, "MATCH", pattern, "COUNT", scanCount],
      { op: "redis.remove", isText: true },
    );
    if (keys.length > 0) await client.write(["UNLINK", ...keys], { op: "redis.remove" });
    cursor = next;
  } while (cursor !== "0");
}

import { createHash } from "node:crypto";
import { isRedisError } from "./redis-error.ts";
import type { RedisLink, RedisValue, SendOptions } from "./redis-link.ts";

/** A script in Lua, which the engine runs as one step. */
export interface RedisScript {
  readonly text: string;
  /** What the engine knows it by once it has seen it. */
  readonly digest: string;
}

/** A script with what it works on. */
export interface RedisScriptCall {
  readonly script: RedisScript;
  /** With their prefix: see `RedisClient.key`. */
  readonly keys: readonly string[];
  readonly values?: readonly RedisValue[] | undefined;
}

/** Names a script by its digest. */
export function defineScript(text: string): RedisScript {
  return { text, digest: createHash("sha1").update(text).digest("hex") };
}

/** Runs a script by its digest; an engine that does not know it, and so did nothing, gets its text. */
export async function sendScript(
  link: RedisLink,
  call: RedisScriptCall,
  options: SendOptions,
): Promise<unknown> {
  const { script, keys, values = [] } = call;
  const rest = [keys.length, ...keys, ...values];
  try {
    return await link.send(["EVALSHA", script.digest, ...rest], options);
  } catch (error) {
    if (!isRedisError(error, "NOSCRIPT")) throw error;
    return link.send(["EVAL", script.text, ...rest], options);
  }
}

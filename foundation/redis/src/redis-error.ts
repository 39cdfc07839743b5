/** What the engine answered in place of a result. */
export interface RedisError extends Error {
  readonly name: "ReplyError";
}

/** True for an answer of the engine, and, with `word`, only for one that begins with it. */
export function isRedisError(error: unknown, word?: string): error is RedisError {
  if (!(error instanceof Error) || error.name !== "ReplyError") return false;
  return word === undefined || wordOf(error) === word;
}

/** The first word of what the engine said, which is its code. */
export function wordOf({ message }: Error): string {
  return /^[A-Z]+/.exec(message)?.[0] ?? "ERR";
}

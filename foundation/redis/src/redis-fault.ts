import { type FaultError, isFault, raise } from "@bedplate/errors";
import { ContactLost, faultOfContactLost } from "@bedplate/provider";
import { isRedisError, type RedisError, wordOf } from "./redis-error.ts";

/** What was being done. */
export interface RedisFaultContext {
  /** The operation that the fault names, for example `cache.get`. */
  readonly op: string;
  /** What happened when contact broke after the command was sent: `unknown` for a write, `none` for a read. */
  readonly lost: "none" | "unknown";
}

const detail = { provider: "redis" } as const;
const deniedWords = ["NOAUTH", "WRONGPASS", "NOPERM"];
/** Loading, following, failing over, or busy with a script: it will pass, and nothing was done. */
const unavailableWords = [
  "LOADING",
  "READONLY",
  "CLUSTERDOWN",
  "MASTERDOWN",
  "NOREPLICAS",
  "TRYAGAIN",
  "MOVED",
  "ASK",
  "BUSY",
  "MISCONF",
];

/**
 * Reads what a client threw as a registered fault. Faults pass as they are, and so do refusals that
 * mean something to a driver only, such as a wrong type: see `isRedisError`.
 */
export function faultOfRedis(error: unknown, context: RedisFaultContext): unknown {
  if (isFault(error)) return error;
  if (error instanceof ContactLost) {
    return faultOfContactLost(error, { ...context, ...detail, engine: "Redis" });
  }
  return isRedisError(error) ? (faultOfRefusal(error, context.op) ?? error) : error;
}

function faultOfRefusal(error: RedisError, op: string): FaultError | undefined {
  const word = wordOf(error);
  if (deniedWords.includes(word)) {
    const what = "it refuses our credentials or what they may do";
    return raise("provider.denied", { op, detail, message: `Cannot use Redis: ${what} (${word})` });
  }
  if (word === "OOM") return full(op, "memory");
  if (/No space left/i.test(error.message)) return full(op, "disk");
  const isCrowded = /max number of clients/.test(error.message);
  if (!isCrowded && !unavailableWords.includes(word)) return undefined;
  const what = isCrowded ? "it has as many clients as it may" : "it takes no such command now";
  return raise("provider.unavailable", {
    op,
    detail,
    message: `Cannot use Redis: ${what} (${word})`,
  });
}

function full(op: string, meter: "memory" | "disk"): FaultError {
  return raise("quota.exceeded", {
    op,
    detail: { meter, limit: 0, asked: 0 },
    message: `Cannot write to Redis: its ${meter} is full`,
    blame: "operator",
  });
}

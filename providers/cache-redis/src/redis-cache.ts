import {
  type CacheCapabilities,
  type CacheClaim,
  type CacheDriver,
  type CacheFinding,
  type CacheLimits,
  cacheLimitsDefault,
  type DriverClaim,
  type DriverCount,
  type DriverItem,
  type DriverSetAnswer,
} from "@bedplate/cache";
import { systemRandom } from "@bedplate/clock";
import { isFault } from "@bedplate/errors";
import type { RedisClient, RedisRequest, RedisScript, RedisValue } from "@bedplate/redis";
import { KeySpace } from "./key-space.ts";
import { decodeRecord, encodeBody } from "./record.ts";
import {
  claimScript,
  countScript,
  dropScript,
  forgetScript,
  getScript,
  releaseScript,
  setScript,
} from "./scripts.ts";

const idempotencyMs = 10 * 60 * 1_000;

/** The cache contract on one Redis server. Every method is one script, which is one step of the engine. */
export class RedisCache implements CacheDriver {
  readonly limits: CacheLimits;
  readonly capabilities: CacheCapabilities;
  readonly #client: RedisClient;

  constructor(client: RedisClient, limits: Partial<CacheLimits> = {}) {
    this.#client = client;
    this.limits = { ...cacheLimitsDefault, ...limits };
    this.capabilities = {
      retains: true,
      granularityMs: 1,
      coherence: "strong",
      stale: { msMax: this.limits.ttlMsMax },
      tags: { perEntryMax: 16 },
      counters: { idempotencyMs },
      claims: { holdMsMax: 60 * 60 * 1_000 },
    };
  }

  async get(namespace: string, keys: readonly string[]): Promise<readonly CacheFinding[]> {
    if (keys.length === 0) return [];
    const request = this.#ask(getScript, {
      namespace,
      keys: (space) => keys.map((key) => space.entry(key)),
    });
    const answers = await this.#client.read<readonly ([number, Buffer] | null)[]>(request, {
      op: "cache.get",
    });
    const findings = answers.map((answer, index) => {
      const subject = subjectOf(namespace, keys[index] ?? "");
      return answer && decodeRecord(answer[1], { subject, leftMs: answer[0] });
    });
    const damaged = keys.filter((_, index) => findings[index] === "corrupt");
    if (damaged.length > 0) await this.#forget(namespace, damaged);
    return findings;
  }

  async set(namespace: string, items: readonly DriverItem[]): Promise<readonly DriverSetAnswer[]> {
    const request = this.#ask(setScript, {
      namespace,
      keys: (space) => items.flatMap(({ key }) => [space.entry(key), space.claim(key)]),
      values: items.flatMap((item) => askOf(item, subjectOf(namespace, item.key))),
    });
    const answers = await this.#client.write<readonly [number, Buffer][]>(request, {
      op: "cache.set",
    });
    return answers.map(([isStored, version]) =>
      isStored === 1
        ? { kind: "stored", version: version.toString() }
        : { kind: "refused", actual: version.toString() || null },
    );
  }

  async drop(namespace: string, keys: readonly string[]): Promise<number> {
    if (keys.length === 0) return 0;
    const request = this.#ask(dropScript, {
      namespace,
      keys: (space) => keys.flatMap((key) => [space.entry(key), space.claim(key)]),
    });
    return this.#client.write<number>(request, { op: "cache.drop" });
  }

  async dropTag(namespace: string, tag: string): Promise<void> {
    const request = this.#ask(forgetScript, {
      namespace,
      keys: (space) => [`${space.tags}${tag}`],
    });
    await this.#client.write(request, { op: "cache.drop" });
  }

  async count(namespace: string, key: string, change: DriverCount): Promise<number> {
    const { by, ttlMs, floor, ceil, idempotencyKey: once } = change;
    const request = this.#ask(countScript, {
      namespace,
      keys: (space) => [space.counter(key), ...(once === undefined ? [] : [space.once(key, once)])],
      values: [by, ttlMs, floor, ceil, idempotencyMs],
    });
    return Number(await this.#client.write(request, { op: "cache.count", isText: true }));
  }

  async claim(namespace: string, key: string, claim: DriverClaim): Promise<CacheClaim> {
    const token = chance();
    const request = this.#ask(claimScript, {
      namespace,
      keys: (space) => [space.claim(key)],
      values: [claim.holdMs, token, JSON.stringify(offered(claim.tags))],
    });
    const options = { op: "cache.claim" };
    const [isWon, leftMs] = await this.#client.write<readonly [number, number]>(request, options);
    return isWon === 1 ? { isWon: true, token } : { isWon: false, retryInMs: Math.max(1, leftMs) };
  }

  async release(namespace: string, key: string, token: string): Promise<void> {
    const request = this.#ask(releaseScript, {
      namespace,
      keys: (space) => [space.claim(key)],
      values: [token],
    });
    await this.#client.write(request, { op: "cache.release" });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#client[Symbol.asyncDispose]();
  }

  /**
   * Forgetting is always allowed, even if somebody has written the key again meanwhile. If it fails,
   * the next reader finds the damage again.
   */
  async #forget(namespace: string, keys: readonly string[]): Promise<void> {
    const request = this.#ask(forgetScript, {
      namespace,
      keys: (space) => keys.map((key) => space.entry(key)),
    });
    try {
      await this.#client.write(request, { op: "cache.get" });
    } catch (error) {
      if (!isFault(error)) throw error;
    }
  }

  /** Calls a script with keys of the engine's present run; last comes what the keys of tags begin with. */
  #ask(script: RedisScript, { namespace, keys, values }: Ask): RedisRequest {
    return (run) => {
      const space = new KeySpace({ prefix: this.#client.key(""), run, namespace });
      return { script, keys: [...keys(space), space.tags], values };
    };
  }
}

interface Ask {
  readonly namespace: string;
  readonly keys: (space: KeySpace) => readonly string[];
  readonly values?: readonly RedisValue[] | undefined;
}

function subjectOf(namespace: string, key: string): string {
  return `${namespace}:${key}`;
}

/** What the script has to know of an item, and the item's body. */
function askOf(item: DriverItem, subject: string): readonly [string, Buffer] {
  const version = chance();
  const ask = {
    ...conditionOf(item.if),
    keepMs: String(item.ttlMs + item.staleMs),
    version,
    tags: offered(item.tags),
  };
  return [JSON.stringify(ask), encodeBody({ ...item, subject, version })];
}

function conditionOf(condition: DriverItem["if"]): {
  readonly is: string;
  readonly value?: string;
} {
  if (condition === undefined) return { is: "always" };
  if (condition === "absent") return { is: "absent" };
  if ("version" in condition) return { is: "version", value: condition.version };
  return { is: "claim", value: condition.claim };
}

/** Each tag with a generation that it gets if it has none. */
function offered(tags: readonly string[]): readonly (readonly [string, string])[] {
  return tags.map((tag) => [tag, chance()]);
}

/** 16 characters that cannot be guessed. */
function chance(): string {
  return Buffer.from(systemRandom.bytes(12)).toString("base64url");
}

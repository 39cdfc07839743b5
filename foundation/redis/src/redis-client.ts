import { raise } from "@bedplate/errors";
import { ContactLost, type ProviderHost, type ProviderUrl, reasonOf } from "@bedplate/provider";
import { linkOptions } from "./link-options.ts";
import { faultOfRedis, type RedisFaultContext } from "./redis-fault.ts";
import { type RedisCommand, RedisLink, type SendOptions } from "./redis-link.ts";
import { type RedisScriptCall, sendScript } from "./redis-script.ts";
import type { RedisSettings } from "./redis-settings.ts";

/**
 * A command, or a script with what it works on. A function makes it for one run of the engine: what
 * it names so does not reach what the engine brought back from its disk, or another one took over.
 */
export type RedisRequest =
  | RedisCommand
  | RedisScriptCall
  | ((run: string) => RedisCommand | RedisScriptCall);

/** What every call says. */
export interface RedisCallOptions {
  /** The operation that faults name. */
  readonly op: string;
  /** The answer holds texts in place of bytes. Default: false. */
  readonly isText?: boolean | undefined;
}

/** Most requests without an answer; more are refused with `quota.exceeded`. */
const inFlightMax = 65_536;
/** After a connection could not be made, requests fail at once for this long. */
const connectPauseMs = 50;

/** Connects to the engine of a URL; throws `provider.unavailable` or `provider.denied` when it does not answer. */
export async function openRedisClient(
  place: ProviderUrl<RedisSettings>,
  host: ProviderHost,
): Promise<RedisClient> {
  const client = new RedisClient(place, host);
  try {
    await client.ping();
    return client;
  } catch (error) {
    await client[Symbol.asyncDispose]();
    throw error;
  }
}

/**
 * A connection that is made anew when it breaks. Requests never wait for the engine to come back,
 * and none is sent twice unless it only reads. What is thrown is a registered fault that says whether
 * it happened, or the engine's own refusal (`isRedisError`) where only the caller knows what it means.
 */
export class RedisClient implements AsyncDisposable {
  readonly #place: ProviderUrl<RedisSettings>;
  readonly #host: ProviderHost;
  readonly #inFlight = new Set<Promise<unknown>>();
  #link: RedisLink | undefined;
  #connecting: Promise<RedisLink> | undefined;
  #failure: { readonly error: unknown; readonly untilMs: number } | undefined;
  #closing: Promise<void> | undefined;

  constructor(place: ProviderUrl<RedisSettings>, host: ProviderHost) {
    this.#place = place;
    this.#host = host;
  }

  /** A key with the prefix of the URL. */
  key(name: string): string {
    return `${this.#place.settings.keyPrefix}${name}`;
  }

  /** Runs what changes nothing; when contact breaks it is tried once more. */
  read<Reply>(request: RedisRequest, options: RedisCallOptions): Promise<Reply> {
    return this.#track(request, { ...options, lost: "none" }) as Promise<Reply>;
  }

  /** Runs what changes something; it is never sent twice. */
  write<Reply>(request: RedisRequest, options: RedisCallOptions): Promise<Reply> {
    return this.#track(request, { ...options, lost: "unknown" }) as Promise<Reply>;
  }

  /** Throws a fault unless the engine answers. */
  async ping(): Promise<void> {
    await this.read(["PING"], { op: "redis.ping" });
  }

  /** Waits until everything that was sent is answered, which is bounded, and closes the connection. */
  [Symbol.asyncDispose](): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #track(request: RedisRequest, options: CallFacts): Promise<unknown> {
    const { op } = options;
    if (this.#closing !== undefined) throw closed(op);
    if (this.#inFlight.size >= inFlightMax) throw tooMany(op);
    const work = this.#run(request, options);
    this.#inFlight.add(work);
    try {
      return await work;
    } catch (error) {
      throw faultOfRedis(error, options);
    } finally {
      this.#inFlight.delete(work);
    }
  }

  async #run(request: RedisRequest, options: CallFacts): Promise<unknown> {
    const link = this.#ready() ?? (await this.#connected());
    try {
      return await this.#send(link, request, options);
    } catch (error) {
      if (!(error instanceof ContactLost) || (error.wasSent && options.lost === "unknown")) {
        throw error;
      }
      return this.#send(await this.#connected(), request, options);
    }
  }

  async #send(link: RedisLink, request: RedisRequest, { isText }: CallFacts): Promise<unknown> {
    const timeoutMs = this.#place.settings.commandTimeoutMs;
    const options: SendOptions = { timeoutMs, isText: isText ?? false };
    const made = typeof request === "function" ? request(await link.run(timeoutMs)) : request;
    return isScriptCall(made) ? sendScript(link, made, options) : link.send(made, options);
  }

  #ready(): RedisLink | undefined {
    return this.#link?.isLost === false ? this.#link : undefined;
  }

  /** One connection is made for all who wait for it. */
  async #connected(): Promise<RedisLink> {
    const ready = this.#ready();
    if (ready !== undefined) return ready;
    if (this.#failure !== undefined && this.#now() < this.#failure.untilMs) {
      throw this.#failure.error;
    }
    this.#connecting ??= this.#connect();
    return this.#connecting;
  }

  async #connect(): Promise<RedisLink> {
    try {
      const link = new RedisLink(await linkOptions(this.#place, this.#host));
      await link.connect(this.#place.settings.connectTimeoutMs);
      this.#link = link;
      return link;
    } catch (error) {
      this.#failure = { error, untilMs: this.#now() + connectPauseMs };
      this.#host.log.warn("redis connection failed", { reason: reasonOf(error) });
      throw error;
    } finally {
      this.#connecting = undefined;
    }
  }

  #now(): number {
    return this.#host.clock.monotonic();
  }

  async #close(): Promise<void> {
    await Promise.allSettled([...this.#inFlight, this.#connecting]);
    this.#link?.destroy("the client was closed");
  }
}

interface CallFacts extends RedisCallOptions, RedisFaultContext {}

function isScriptCall(request: RedisCommand | RedisScriptCall): request is RedisScriptCall {
  return "script" in request;
}

function closed(op: string): Error {
  return raise("resource.closed", {
    op,
    detail: { type: "Redis client" },
    message: "Cannot use the client: it is closed",
  });
}

function tooMany(op: string): Error {
  return raise("quota.exceeded", {
    op,
    detail: { meter: "requests in flight", limit: inFlightMax, asked: inFlightMax + 1 },
    message: `Cannot ask Redis: ${inFlightMax} requests wait for an answer already`,
  });
}

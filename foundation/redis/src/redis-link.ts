import { ContactLost, reasonOf } from "@bedplate/provider";
import { Redis } from "ioredis";
import type { LinkOptions } from "./link-options.ts";
import { isRedisError } from "./redis-error.ts";

/** A value of a command. */
export type RedisValue = string | number | Uint8Array;

/** A command's name and what follows it. */
export type RedisCommand = readonly [name: string, ...values: RedisValue[]];

/** How a command is sent. */
export interface SendOptions {
  readonly timeoutMs: number;
  /** The answer holds texts in place of bytes. */
  readonly isText: boolean;
}

/** One connection, from its beginning to its end; it never comes back. */
export class RedisLink {
  readonly #redis: Redis;
  #reason = "closed";
  #refusal: Error | undefined;
  #isLost = false;
  #isDestroyed = false;
  #isGathering = false;
  #run: Promise<string> | undefined;

  constructor(options: LinkOptions) {
    this.#redis = new Redis(options);
    this.#redis.on("error", (error: Error) => {
      if (isRedisError(error)) this.#refusal = error;
      this.#reason = reasonOf(error);
    });
    this.#redis.on("close", () => {
      this.#isLost = true;
    });
  }

  /** Asked after `connect`. A stream that is ending takes nothing, some time before it says that it is closed. */
  get isLost(): boolean {
    return this.#isLost || this.#redis.status !== "ready" || !this.#redis.stream.writable;
  }

  /** Connects and authenticates; rejects with what the engine says, or with `ContactLost`. */
  async connect(timeoutMs: number): Promise<void> {
    const timer = setTimeout(() => this.destroy(`no connection within ${timeoutMs} ms`), timeoutMs);
    try {
      await this.#redis.connect();
    } catch (cause) {
      this.destroy(this.#reason);
      throw this.#refusal ?? new ContactLost(this.#reason, { wasSent: false, cause });
    } finally {
      clearTimeout(timer);
    }
  }

  /** Sends a command; what is sent in one turn of the event loop travels together. */
  async send(command: RedisCommand, { timeoutMs, isText }: SendOptions): Promise<unknown> {
    if (this.isLost) throw new ContactLost(this.#reason, { wasSent: false });
    // A connection that does not answer one command answers none behind it.
    const timer = setTimeout(() => this.destroy(`no answer within ${timeoutMs} ms`), timeoutMs);
    this.#gather();
    try {
      const [name, ...values] = command;
      const args = values.map(toArgument);
      return await (isText ? this.#redis.call(name, args) : this.#redis.callBuffer(name, args));
    } catch (cause) {
      if (isRedisError(cause) || !this.isLost) throw cause;
      throw new ContactLost(this.#reason, { wasSent: true, cause });
    } finally {
      clearTimeout(timer);
    }
  }

  /** Names the life of the engine at the other end, from its start to its stop; no other has the name. */
  run(timeoutMs: number): Promise<string> {
    this.#run ??= this.#readRun(timeoutMs);
    return this.#run;
  }

  /** Ends the connection now; what is in flight is lost. */
  destroy(reason: string): void {
    // Each request without an answer comes here when its time is over.
    if (this.#isDestroyed) return;
    this.#isDestroyed = true;
    if (!this.#isLost) this.#reason = reason;
    this.#redis.disconnect();
    // Without waiting for the other side, which may stand still.
    this.#redis.stream?.destroy();
  }

  async #readRun(timeoutMs: number): Promise<string> {
    try {
      const info = await this.send(["INFO", "server"], { timeoutMs, isText: true });
      const run = /^run_id:(\w+)/m.exec(String(info))?.[1];
      if (run !== undefined) return run;
    } catch (cause) {
      // What waits for the name was not sent.
      throw cause instanceof ContactLost
        ? new ContactLost(cause.reason, { wasSent: false, cause })
        : cause;
    }
    throw new Error("Cannot read the engine's run: it does not say it");
  }

  #gather(): void {
    if (this.#isGathering) return;
    const { stream } = this.#redis;
    this.#isGathering = true;
    stream.cork();
    process.nextTick(() => {
      this.#isGathering = false;
      stream.uncork();
    });
  }
}

function toArgument(value: RedisValue): string | number | Buffer {
  if (typeof value !== "object" || Buffer.isBuffer(value)) return value;
  return Buffer.from(value.buffer, value.byteOffset, value.byteLength);
}

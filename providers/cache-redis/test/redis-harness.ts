import { setTimeout as sleep } from "node:timers/promises";
import { type CacheDriver, CacheStore } from "@bedplate/cache";
import type { CacheKit } from "@bedplate/cache/conformance";
import { systemClock } from "@bedplate/clock";
import type { OpenedTarget } from "@bedplate/conformance";
import type { ProviderHost } from "@bedplate/provider";
import { openRedisClient, type RedisClient, readRedisUrl, redisProperties } from "@bedplate/redis";
import { defineSchema, Type } from "@bedplate/schema";
import { silentLog } from "@bedplate/telemetry";
import { type Engine, killAfterLines, openWire, startRedis, type Wire } from "@bedplate/testkit";
import { openRedisCache } from "../src/index.ts";

/** What tests open drivers with. */
export const host: ProviderHost = { clock: systemClock, log: silentLog, variables: {} };

const limits = { keyBytesMax: 256, valueBytesMax: 4_096, batchMax: 32, batchBytesMax: 16_384 };
/** How long a call may take before it is a fault: cases wait for it. */
const commandTimeoutMs = 800;
const plain = defineSchema(Type.Object({ ...redisProperties }, { additionalProperties: false }));

/** Starts an engine that forgets what was used least lately when 12 MB are full. */
export function startCacheEngine(): Promise<Engine> {
  return startRedis({
    appendFsync: "everysec",
    settings: { maxmemory: "12mb", "maxmemory-policy": "allkeys-lru" },
  });
}

/** A client to look behind the driver. */
export function openClient(url: string): Promise<RedisClient> {
  return openRedisClient(readRedisUrl(url, plain), host);
}

/** The engine's URL with a prefix of its own, so that cases share the engine and nothing else. */
export function urlWith(url: string, settings: Readonly<Record<string, string | number>>): string {
  const own = new URL(url);
  for (const [name, value] of Object.entries(settings)) own.searchParams.set(name, String(value));
  return own.href;
}

let opened = 0;

/** A cache behind a wire, and what can be done to it. */
export async function openHarness(
  engine: Engine,
  wrap: (driver: CacheDriver) => CacheDriver = (driver) => driver,
): Promise<OpenedTarget<CacheStore, CacheKit>> {
  const held = new AsyncDisposableStack();
  const wire = held.use(await openWire(engine));
  const client = held.use(await openClient(engine.url));
  const keyPrefix = `case-${opened++}[a]:`;
  const direct = urlWith(engine.url, { keyPrefix, commandTimeoutMs, connectTimeoutMs: 800 });
  const open = async (url: string) =>
    held.use(new CacheStore(wrap(await openRedisCache(url, host, limits))));
  const target = await open(wire.url(direct));
  const kit: CacheKit = {
    clock: { now: () => Date.now(), advance: (ms) => sleep(ms) },
    seed: "redis",
    second: () => open(direct),
    reopen: async () => {
      await target.close();
      return open(direct);
    },
    overfillBytes: 16 * 1024 * 1024,
    flush: () => client.write(["FLUSHDB"], { op: "test.flush" }),
    crash: async () => {
      const module = new URL("crash-claimer.ts", import.meta.url);
      await killAfterLines(module, { args: [direct], linesMin: 1 });
    },
    killEngine: async () => {
      await engine.kill();
      await engine.restart();
    },
    flipByte: (key) => flipByte(client, `${keyPrefix}*:e:default:${key}`.replace("[a]", "\\[a\\]")),
    partition: async (isOn) => (isOn ? wire.stall() : wire.resume()),
    cut: async (when) => cut(wire, when),
    slow: async (ms) => (ms === 0 ? wire.resume() : wire.delay(ms)),
    stall: async (ms) => standStill(ms),
  };
  return { target, kit, [Symbol.asyncDispose]: () => held.disposeAsync() };
}

async function flipByte(client: RedisClient, pattern: string): Promise<void> {
  const [key = ""] = await client.read<readonly string[]>(["KEYS", pattern], {
    op: "test.keys",
    isText: true,
  });
  const record = Buffer.from(await client.read<Buffer>(["GET", key], { op: "test.get" }));
  const last = record.length - 1;
  const byte = Buffer.of((record[last] ?? 0) ^ 1);
  await client.write(["SETRANGE", key, last, byte], { op: "test.flip" });
}

/** Cuts the next request off; what connects afterwards is well. */
function cut(wire: Wire, when: "before-send" | "after-send"): void {
  wire.cutAfter(when === "before-send" ? "to-server" : "to-client", 0);
  const watch = setInterval(() => {
    if (wire.connections > 0) return;
    clearInterval(watch);
    wire.resume();
  }, 1);
}

/** Blocks the event loop, as heavy work would. */
function standStill(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

/**
 * Lookups, writes and fills per second on Redis, beside the bare client with the same connection.
 * Needs a server: REDIS_URL=redis://127.0.0.1:6379/9 node providers/cache-redis/bench/redis-cache.bench.ts
 */
import { CacheStore } from "@bedplate/cache";
import { systemClock } from "@bedplate/clock";
import { silentLog } from "@bedplate/telemetry";
import { quantile, reportBench } from "@bedplate/testkit";
import { Redis } from "ioredis";
import { provider } from "../src/index.ts";

const measureMs = Number(process.env["BENCH_MS"] ?? 1_000);
const url = process.env["REDIS_URL"] ?? "redis://127.0.0.1:6379/9";
const host = { clock: systemClock, log: silentLog, variables: process.env };
const keys = Array.from({ length: 1_000 }, (_, i) => `key/${i}`);
const value = Buffer.alloc(200, 7);
const ttlMs = 3_600_000;

type Work = (key: string) => Promise<unknown>;

async function measure(callers: number, work: Work): Promise<readonly number[]> {
  const latenciesMs: number[] = [];
  const startedMs = performance.now();
  const call = async (caller: number) => {
    for (let i = 0; performance.now() - startedMs < measureMs; i++) {
      const fromMs = performance.now();
      await work(keys[(caller * 7_919 + i) % keys.length] ?? "");
      latenciesMs.push(performance.now() - fromMs);
    }
  };
  await Promise.all(Array.from({ length: callers }, (_, caller) => call(caller)));
  const perSecond = (latenciesMs.length / (performance.now() - startedMs)) * 1_000;
  return [Math.round(perSecond), quantile(latenciesMs, 0.5), quantile(latenciesMs, 0.99)];
}

await using place = await provider.openScratch(url, host);
await using cache = new CacheStore(await place.open());
const bare = new Redis(url, { keyPrefix: `bedplate-bench-${process.pid}:` });
const load = async () => value;
const fill = async (key: string) => {
  await cache.drop([key]);
  await cache.getOrFill(key, load, { ttlMs });
};
const bareFill = async (key: string) => {
  await bare.unlink(key);
  if ((await bare.getBuffer(key)) === null) await bare.set(key, await load(), "PX", ttlMs);
};
const works: readonly (readonly [string, Work, Work])[] = [
  ["set", (key) => cache.set(key, value, { ttlMs }), (key) => bare.set(key, value, "PX", ttlMs)],
  ["get, a hit", (key) => cache.get(key), (key) => bare.getBuffer(key)],
  [
    "getOrFill, a hit",
    (key) => cache.getOrFill(key, load, { ttlMs }),
    (key) => bare.getBuffer(key),
  ],
  ["getOrFill, a miss", fill, bareFill],
];

const rows: (string | number)[][] = [];
for (const [name, ours, theirs] of works) {
  for (const callers of [1, 16]) {
    rows.push([
      name,
      callers,
      ...(await measure(callers, ours)),
      ...(await measure(callers, theirs)),
    ]);
  }
}
for (const key of keys) await bare.unlink(key);
await bare.quit();

reportBench("cache-redis", {
  columns: [
    "operation",
    "callers",
    "per second",
    "p50 ms",
    "p99 ms",
    "ioredis per second",
    "p50 ms",
    "p99 ms",
  ],
  rows,
  notes: ["1,000 keys, 200 bytes. A miss is a drop and a fill; the bare client has no claims."],
});

/**
 * Lookups, writes and fills per second in memory, beside a bare Map that copies what it answers.
 * Run: node providers/cache-memory/bench/memory-cache.bench.ts
 */
import { CacheStore } from "@bedplate/cache";
import { reportBench } from "@bedplate/testkit";
import { openMemoryCache } from "../src/index.ts";

const measureMs = Number(process.env["BENCH_MS"] ?? 1_000);
const keys = Array.from({ length: 1_000 }, (_, i) => `key/${i}`);
const value = new Uint8Array(200).fill(7);
const ttlMs = 3_600_000;

async function perSecond(work: (key: string) => Promise<unknown>): Promise<number> {
  const startedMs = performance.now();
  let done = 0;
  while (performance.now() - startedMs < measureMs) {
    for (let i = 0; i < 100; i++) await work(keys[done++ % keys.length] ?? "");
  }
  return Math.round((done / (performance.now() - startedMs)) * 1_000);
}

await using cache = new CacheStore(await openMemoryCache());
const map = new Map<string, Uint8Array>();
const load = async () => value;
const rows: (string | number)[][] = [];
const measure = async (name: string, ours: () => Promise<number>, bare: () => Promise<number>) => {
  rows.push([name, await ours(), await bare()]);
};

await measure(
  "set",
  () => perSecond((key) => cache.set(key, value, { ttlMs })),
  () => perSecond(async (key) => map.set(key, Uint8Array.from(value))),
);
const getBare = () => perSecond(async (key) => Uint8Array.from(map.get(key) ?? []));
await measure("get, a hit", () => perSecond((key) => cache.get(key)), getBare);
await measure(
  "getOrFill, a hit",
  () => perSecond((key) => cache.getOrFill(key, load, { ttlMs })),
  getBare,
);
await measure(
  "getOrFill, a miss",
  () =>
    perSecond(async (key) => {
      await cache.drop([key]);
      await cache.getOrFill(key, load, { ttlMs });
    }),
  () => perSecond(async (key) => map.delete(key) && map.set(key, Uint8Array.from(await load()))),
);

reportBench("cache-memory", {
  columns: ["operation", "cache-memory per second", "bare Map per second"],
  rows,
  notes: ["One caller, 1,000 keys, 200 bytes. A miss is a drop and a fill."],
});

import { expect, test } from "vitest";
import { LruCache } from "../../src/artifact/lru-cache.ts";

test("the least recently used goes first, by count and by bytes", () => {
  const cache = new LruCache<string>({ countMax: 3, bytesMax: 100 });
  for (const key of ["a", "b", "c"]) cache.put(key, key, 10);
  expect(cache.get("a")).toBe("a");
  cache.put("d", "d", 10);
  expect(["a", "b", "c", "d"].map((key) => cache.get(key))).toEqual(["a", undefined, "c", "d"]);
  cache.put("e", "e", 85);
  expect(["a", "c", "d", "e"].map((key) => cache.get(key))).toEqual([
    undefined,
    undefined,
    "d",
    "e",
  ]);
  expect([cache.count, cache.bytes]).toEqual([2, 95]);
});

test("what is larger than the cache is not kept, and replaces what had its key", () => {
  const cache = new LruCache<number>({ countMax: 3, bytesMax: 100 });
  cache.put("a", 1, 10);
  cache.put("a", 2, 101);
  expect(cache.get("a")).toBeUndefined();
  expect(cache.bytes).toBe(0);
});

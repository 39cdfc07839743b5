import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { CacheStore } from "@bedplate/cache";
import {
  type Engine,
  faultOf,
  makeCertificate,
  openScratchFolder,
  startRedis,
} from "@bedplate/testkit";
import { describeWithEngines } from "@bedplate/testkit/vitest";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openRedisCache, provider } from "../src/index.ts";
import { host, openClient, startCacheEngine, urlWith } from "./redis-harness.ts";

const ttlMs = 60_000;
const value = Uint8Array.of(1, 2, 3);

describeWithEngines("a place of cache-redis", ["redis"], () => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await startCacheEngine();
  });
  afterAll(() => engine[Symbol.asyncDispose]());

  async function keysOf(url: string): Promise<readonly string[]> {
    await using client = await openClient(url);
    return client.read(["KEYS", "*"], { op: "test.keys", isText: true });
  }

  test("a scratch place goes with every key, and its neighbours stay", async () => {
    const neighbour = urlWith(engine.url, { keyPrefix: "bedplate-scratch-*" });
    await using kept = new CacheStore(await openRedisCache(neighbour, host));
    await kept.set("a", value, { ttlMs });
    const before = await keysOf(engine.url);
    const place = await provider.openScratch(engine.url, host);
    {
      await using first = new CacheStore(await place.open());
      await using second = new CacheStore(await place.open());
      await first.set("a", value, { ttlMs, tags: ["t"] });
      await first.count("n", { ttlMs, idempotencyKey: "k" });
      await first.claim("c", { holdMs: 1_000 });
      expect(await second.get("a")).not.toBeNull();
      const items = Array.from({ length: 250 }, (_, i) => ({ key: `k${i}`, value, ttlMs }));
      for (let i = 0; i < 10; i++) {
        await first.in(`n${i}`).setMany(items);
      }
    }
    expect((await keysOf(engine.url)).length).toBeGreaterThan(2_500);
    await place[Symbol.asyncDispose]();
    expect(await keysOf(engine.url)).toEqual(before);
  });

  test("every key has an end, so that a cache never fills an engine for ever", async () => {
    const keyPrefix = "ends:";
    await using cache = new CacheStore(
      await openRedisCache(urlWith(engine.url, { keyPrefix }), host),
    );
    await cache.set("a", value, { ttlMs, tags: ["t"] });
    await cache.count("n", { ttlMs, idempotencyKey: "k" });
    await cache.count("n", { ttlMs });
    await cache.claim("c", { holdMs: 1_000, tags: ["u"] });
    await using client = await openClient(engine.url);
    const keys = (await keysOf(engine.url)).filter((key) => key.startsWith(keyPrefix));
    expect(keys).toHaveLength(6);
    for (const key of keys) {
      expect(await client.read<number>(["PTTL", key], { op: "test.pttl" })).toBeGreaterThan(0);
    }
  });

  test("an engine that comes back with an older snapshot shows nothing of it", async () => {
    await using restored = await startRedis({ settings: { appendonly: "no" } });
    await using client = await openClient(restored.url);
    await using cache = new CacheStore(await openRedisCache(restored.url, host));
    await using other = new CacheStore(await openRedisCache(restored.url, host));
    await cache.set("a", Uint8Array.of(1), { ttlMs });
    await cache.set("b", value, { ttlMs });
    await client.write(["SAVE"], { op: "test.save" });
    await cache.set("a", Uint8Array.of(2), { ttlMs });
    await cache.drop(["b"]);
    await restored.kill();
    await restored.restart();
    for (const each of [cache, other]) {
      expect(await twice(() => each.getMany(["a", "b"]))).toEqual([null, null]);
    }
    const keys = await client.read<readonly unknown[]>(["KEYS", "*"], { op: "test.keys" });
    expect(keys).toHaveLength(2);
  });

  test("a wrong password is denied and not shown; a port that nobody serves is unavailable", async () => {
    const wrong = new URL(engine.url);
    wrong.password = "not-the-password";
    const denied = await faultOf(provider.open(wrong.href, host));
    expect(denied).toMatchObject({ code: "provider.denied", effect: "none" });
    expect(JSON.stringify(denied)).not.toContain("not-the-password");
    const nobody = await faultOf(provider.open("redis://127.0.0.1:1/0", host));
    expect(nobody.code).toBe("provider.unavailable");
    const unknown = await faultOf(provider.open(`${engine.url}?keyprefix=a`, host));
    expect(unknown.message).toContain("keyPrefix");
  });

  test("a user who may not ask which run of the engine it is is denied when opening", async () => {
    await using client = await openClient(engine.url);
    const user = ["ACL", "SETUSER", "guest", "on", ">word", "~*", "+@all", "-info"] as const;
    await client.write(user, { op: "test.user" });
    const url = new URL(engine.url);
    Object.assign(url, { username: "guest", password: "word" });
    expect(await faultOf(provider.open(url.href, host))).toMatchObject({ code: "provider.denied" });
  });

  test("rediss: speaks TLS with the authority that it is given, and with no other", async () => {
    using folder = openScratchFolder();
    const certificate = makeCertificate();
    await using secure = await startRedis({ certificate });
    const caFile = join(folder.path, "ca.pem");
    writeFileSync(caFile, certificate.certificate);
    await using cache = new CacheStore(await openRedisCache(urlWith(secure.url, { caFile }), host));
    await cache.set("a", value, { ttlMs });
    expect((await cache.get("a"))?.value).toEqual(value);
    expect((await faultOf(provider.open(secure.url, host))).code).toBe("provider.unavailable");
  });
});

/** A connection that broke with the engine may cost one call. */
async function twice<T>(work: () => Promise<T>): Promise<T> {
  return work().catch(() => work());
}

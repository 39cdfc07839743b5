import { Redis } from "ioredis";
import { expect, test } from "vitest";
import { type Engine, isListening, makeCertificate, startRedis } from "../src/index.ts";
import { describeWithEngines } from "../src/vitest.ts";

async function ask<T>(engine: Engine, question: (redis: Redis) => Promise<T>): Promise<T> {
  const redis = new Redis(engine.url, { lazyConnect: true, maxRetriesPerRequest: 0 });
  redis.on("error", () => {});
  try {
    await redis.connect();
    return await question(redis);
  } finally {
    redis.disconnect();
  }
}

describeWithEngines("Redis", ["redis"], () => {
  test("a server is durable, has a password, and leaves nothing", async () => {
    const engine = await startRedis({ settings: { maxmemory: "64mb" } });
    expect(await ask(engine, (redis) => redis.config("GET", "appendfsync"))).toEqual([
      "appendfsync",
      "always",
    ]);
    expect(await ask(engine, (redis) => redis.config("GET", "maxmemory"))).toEqual([
      "maxmemory",
      String(64 * 1_048_576),
    ]);
    const nobody = new Redis(engine.port, engine.host, { lazyConnect: true });
    nobody.on("error", () => {});
    await expect(nobody.get("x")).rejects.toThrow(/NOAUTH/);
    nobody.disconnect();
    await engine[Symbol.asyncDispose]();
    expect(await isListening(engine.port)).toBe(false);
  });

  test("kill() and restart() keep what was acknowledged", async () => {
    await using engine = await startRedis();
    await ask(engine, (redis) => redis.set("kept", "1"));
    await engine.kill();
    expect(await isListening(engine.port)).toBe(false);
    await engine.restart();
    expect(await ask(engine, (redis) => redis.get("kept"))).toBe("1");
  });

  test("freeze() leaves a command without an answer until thaw()", async () => {
    await using engine = await startRedis();
    await ask(engine, async (redis) => {
      await engine.freeze();
      let isAnswered = false;
      const answer = redis.ping().then((text) => {
        isAnswered = true;
        return text;
      });
      await new Promise((resolve) => setTimeout(resolve, 50));
      expect(isAnswered).toBe(false);
      await engine.thaw();
      expect(await answer).toBe("PONG");
    });
  });

  test("a client trusts a server by the certificate that it was given", async () => {
    const certificate = makeCertificate();
    await using engine = await startRedis({ certificate });
    const redis = new Redis(engine.url, { tls: { ca: certificate.certificate } });
    expect(await redis.ping()).toBe("PONG");
    redis.disconnect();
  });
});

import { VirtualClock } from "@bedplate/clock";
import { WorkQueue } from "@bedplate/queue";
import { type Engine, faultOf, startRedis } from "@bedplate/testkit";
import { describeWithEngines } from "@bedplate/testkit/vitest";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openRedisQueue, provider } from "../src/index.ts";
import { host, openClient, ownUrl } from "./redis-harness.ts";

const op = "test.do";
const body = Uint8Array.of(1, 2, 3);
const request = { queues: ["lane"], durationMs: 10_000, worker: "w" };

describeWithEngines("a place of queue-redis", ["redis"], () => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await startRedis({ appendFsync: "everysec" });
  });
  afterAll(() => engine[Symbol.asyncDispose]());

  async function keys(): Promise<readonly string[]> {
    await using client = await openClient(engine.url);
    return client.read(["KEYS", "*"], { op, isText: true });
  }

  test("durability is what the server is configured for", async () => {
    for (const [appendFsync, appendonly, durable] of [
      ["always", "yes", true],
      ["everysec", "yes", false],
      ["always", "no", false],
    ] as const) {
      await using own = await startRedis({ appendFsync, settings: { appendonly } });
      await using queue = new WorkQueue(await openRedisQueue(own.url, host));
      expect(queue.capabilities.durable).toBe(durable);
    }
  });

  test("a server that does not let us ask promises nothing", async () => {
    const user = ["ACL", "SETUSER", "worker", "on", ">word", "~*", "+@all", "-config"] as const;
    await using client = await openClient(engine.url);
    await client.write(user, { op });
    const url = new URL(engine.url);
    Object.assign(url, { username: "worker", password: "word" });
    await using queue = new WorkQueue(await openRedisQueue(url.href, host));
    expect(queue.capabilities.durable).toBe(false);
    await queue.enqueue("lane", [{ body }]);
    await client.write(["FLUSHDB"], { op });
  });

  test("a scratch place goes with every key, and its neighbours stay", async () => {
    await using kept = new WorkQueue(await openRedisQueue(ownUrl(engine), host));
    await kept.enqueue("lane", [{ body }]);
    const before = await keys();
    const place = await provider.openScratch(engine.url, host);
    {
      await using first = new WorkQueue(await place.open());
      await using second = new WorkQueue(await place.open());
      const dedupe = { key: "k", windowMs: 1_000 };
      const jobs = Array.from({ length: 200 }, () => ({ body }));
      await first.enqueue("lane", [{ body, group: "g", dedupe }, { body, group: "g" }, ...jobs]);
      expect(await second.lease(request)).toHaveLength(1);
    }
    expect((await keys()).length).toBeGreaterThan(before.length + 200);
    await place[Symbol.asyncDispose]();
    expect((await keys()).toSorted()).toEqual(before.toSorted());
  });

  test("nothing is left of jobs that are forgotten but the count of arrivals", async () => {
    const clock = new VirtualClock();
    const url = ownUrl(engine);
    const limits = { retainMs: 1_000, deadRetainMs: 2_000 };
    await using queue = new WorkQueue(await openRedisQueue(url, host, { clock, limits }), {
      clock,
    });
    const dedupe = { key: "k", windowMs: 500 };
    const expiresAt = clock.now() + 100;
    await queue.enqueue("lane", [
      { body, group: "g", dedupe },
      { body, group: "g" },
    ]);
    await queue.enqueue("lane", [
      { body, group: "g", expiresAt },
      { body, attemptsMax: 1 },
    ]);
    const [held, last] = await queue.lease({ ...request, max: 2 });
    if (held === undefined || last === undefined) throw new Error("two jobs were ready");
    await queue.acknowledge([held]);
    await queue.release([{ lease: last, reason: "no" }]);
    await queue.cancel("lane", (await queue.lease(request))[0]?.id ?? "");
    await clock.advance(10_000);
    await queue.acknowledge(await queue.lease(request));
    await clock.advance(10_000);
    expect(await queue.depth("lane")).toMatchObject({ ready: 0, leased: 0, dead: 0 });
    const prefix = new URL(url).searchParams.get("keyPrefix") ?? "";
    const left = (await keys()).filter((key) => key.startsWith(prefix));
    expect(left).toEqual([`${prefix}{lane}:number`]);
  });

  test("a backlog of 12,000 ended leases is worked off in steps, and then answered rightly", async () => {
    const clock = new VirtualClock();
    await using queue = new WorkQueue(await openRedisQueue(ownUrl(engine), host, { clock }), {
      clock,
    });
    const batchMax = queue.limits.batchMax;
    for (let i = 0; i < 12_000; i += batchMax) {
      await queue.enqueue(
        "lane",
        Array.from({ length: batchMax }, () => ({ body, attemptsMax: 1 })),
      );
      await queue.lease({ ...request, max: batchMax });
    }
    const { leased } = await queue.depth("lane");
    expect(leased).toBeGreaterThanOrEqual(12_000);
    await clock.advance(10_000);
    expect(await queue.depth("lane")).toMatchObject({ leased: 0, dead: leased });
  });

  test("an engine whose memory is full refuses jobs, and still settles those that it has", async () => {
    await using full = await startRedis({ settings: { "maxmemory-policy": "noeviction" } });
    const clock = new VirtualClock();
    await using queue = new WorkQueue(await openRedisQueue(full.url, host, { clock }), { clock });
    await queue.enqueue("lane", [
      { id: "a", body },
      { id: "b", body },
      { id: "c", body },
    ]);
    const [a] = await queue.lease(request);
    await queue.lease(request);
    await using client = await openClient(full.url);
    await client.write(["CONFIG", "SET", "maxmemory", 1], { op });
    const refused = await faultOf(queue.enqueue("lane", [{ id: "d", body }]));
    expect(refused).toMatchObject({ code: "quota.exceeded", effect: "none" });
    if (a === undefined) throw new Error("a job was ready");
    expect(await queue.acknowledge([a])).toMatchObject([{ ok: true }]);
    // A lease ends meanwhile: its job must be somewhere, whatever the memory says.
    await clock.advance(10_000);
    const states = await Promise.all(["a", "b", "c", "d"].map((id) => queue.inspect("lane", id)));
    expect(states.map((each) => each?.state)).toEqual(["done", "ready", "ready", undefined]);
    expect(await queue.lease({ ...request, max: 9 })).toHaveLength(2);
  });

  test("unknown settings and braces in the prefix are refused", async () => {
    for (const query of ["keyprefix=a", "keyPrefix=%7Ba%7D"]) {
      const fault = await faultOf(provider.open(`${engine.url}?${query}`, host));
      expect(fault).toMatchObject({ code: "argument.invalid" });
    }
  });
});

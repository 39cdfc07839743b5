import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import { systemClock, VirtualClock } from "@bedplate/clock";
import type { OpenedTarget } from "@bedplate/conformance";
import type { ProviderHost } from "@bedplate/provider";
import { WorkQueue } from "@bedplate/queue";
import type { QueueKit, Stalled } from "@bedplate/queue/conformance";
import {
  defineScript,
  openRedisClient,
  type RedisClient,
  readRedisUrl,
  redisProperties,
} from "@bedplate/redis";
import { defineSchema, Type } from "@bedplate/schema";
import { silentLog } from "@bedplate/telemetry";
import { type Engine, killAfterLines, openWire, type Wire } from "@bedplate/testkit";
import { openRedisQueue } from "../src/index.ts";

/** What tests open drivers with. */
export const host: ProviderHost = { clock: systemClock, log: silentLog, variables: {} };

const plain = defineSchema(Type.Object({ ...redisProperties }, { additionalProperties: false }));
const op = "test.do";
/** The queue that cases use. */
const lane = "lane";

/** A client to look behind the driver. */
export function openClient(url: string): Promise<RedisClient> {
  return openRedisClient(readRedisUrl(url, plain), host);
}

let opened = 0;

/** The engine's URL with a prefix of its own, so that cases share the engine and nothing else. */
export function ownUrl({ url }: Engine): string {
  const own = new URL(url);
  own.searchParams.set("keyPrefix", `case-${opened++}:`);
  return own.href;
}

/** Whose time the queue goes by: one that the case moves, or the engine's own. */
export type Time = "virtual" | "engine";

/** A queue behind a wire, and what can be done to it. */
export async function openHarness(
  engine: Engine,
  time: Time,
): Promise<OpenedTarget<WorkQueue, QueueKit>> {
  const held = new AsyncDisposableStack();
  const wire = held.use(await openWire(engine));
  const client = held.use(await openClient(engine.url));
  const direct = ownUrl(engine);
  const clock = new VirtualClock();
  const isVirtual = time === "virtual";
  const given = isVirtual ? { clock } : {};
  const open = async (url: string) =>
    held.use(new WorkQueue(await openRedisQueue(url, host, given), given));
  const target = await open(wire.url(direct));
  const nowMs = () => (isVirtual ? String(clock.now()) : "");
  const kit: QueueKit = {
    clock: isVirtual ? clock : { now: () => Date.now(), advance: (ms) => sleep(ms + 1) },
    ...(isVirtual && { virtualClock: true as const }),
    second: () => open(direct),
    reopen: async () => {
      await target.close();
      return open(direct);
    },
    crash: async (linesMin) => {
      const module = new URL("crash-worker.ts", import.meta.url);
      const reports = await killAfterLines(module, { args: [direct, nowMs()], linesMin });
      return { reports, queue: await open(direct) };
    },
    stall: () => stall({ url: direct, nowMs: nowMs() }),
    killEngine: async () => {
      await engine.kill();
      await engine.restart();
    },
    cut: (moment) => cut(wire, moment),
    slow: (ms) => (ms === 0 ? wire.resume() : wire.delay(ms)),
    fillDisk: () => fillMemory(client),
    fill: (count) => fill(client, { url: direct, count, nowMs: kit.clock.now() }),
    leaseSteps: () => leaseSteps(client, target),
  };
  return { target, kit, [Symbol.asyncDispose]: () => held.disposeAsync() };
}

/** Cuts the next request off; what connects afterwards is well. */
function cut(wire: Wire, moment: "before-send" | "after-send"): void {
  wire.cutAfter(moment === "before-send" ? "to-server" : "to-client", 0);
  const watch = setInterval(() => {
    if (wire.connections > 0) return;
    clearInterval(watch);
    wire.resume();
  }, 1);
}

/** The engine keeps everything in memory: none left is what a full disk is elsewhere. */
async function fillMemory(client: RedisClient): Promise<AsyncDisposable> {
  await client.write(["CONFIG", "SET", "maxmemory", 1], { op });
  return {
    [Symbol.asyncDispose]: () => client.write(["CONFIG", "SET", "maxmemory", 0], { op }),
  };
}

const fillScript = defineScript(`
for i = 1, tonumber(ARGV[1]) do
  local number = redis.call('INCR', KEYS[1] .. 'number')
  local id = 'f' .. number
  local place = string.format('%016.0f', number) .. id
  redis.call('HSET', KEYS[1] .. 'job:' .. id, 'id', id, 'place', place, 'body', '', 'rank', ARGV[2],
    'enqueuedAt', ARGV[2], 'attempts', 0, 'priority', 0, 'attemptsMax', 5, 'state', 'ready',
    'readyAt', ARGV[2])
  redis.call('ZADD', KEYS[1] .. 'ready', ARGV[2], place)
  redis.call('ZADD', KEYS[1] .. 'since', ARGV[2], place)
end
return 0
`);

/** Writes jobs as the script of enqueue does, many in one step. */
async function fill(
  client: RedisClient,
  options: { readonly url: string; readonly count: number; readonly nowMs: number },
): Promise<void> {
  const prefix = new URL(options.url).searchParams.get("keyPrefix");
  const keys = [`${prefix}{${lane}}:`];
  for (let left = options.count; left > 0; left -= 5_000) {
    const values = [Math.min(left, 5_000), options.nowMs];
    await client.write({ script: fillScript, keys, values }, { op });
  }
}

/** Commands that the engine runs for one lease of one job, those inside of its script counted. */
async function leaseSteps(client: RedisClient, queue: WorkQueue): Promise<number> {
  const before = await callsOf(client);
  const [job] = await queue.lease({ queues: [lane], durationMs: 10_000, worker: "w" });
  const after = await callsOf(client);
  if (job === undefined) throw new Error("no job was ready");
  return after - before;
}

async function callsOf(client: RedisClient): Promise<number> {
  const info = await client.read<string>(["INFO", "commandstats"], { op, isText: true });
  const calls = [...info.matchAll(/calls=(\d+)/g)].map(([, count]) => Number(count));
  return calls.reduce((sum, each) => sum + each, 0);
}

async function stall(workerData: { readonly url: string; nowMs: string }): Promise<Stalled> {
  const gate = new Int32Array(new SharedArrayBuffer(4));
  const worker = new Worker(new URL("stall-worker.ts", import.meta.url), {
    workerData: { ...workerData, gate },
  });
  await once(worker, "message");
  const resume = async () => {
    const answered = once(worker, "message");
    Atomics.store(gate, 0, 1);
    Atomics.notify(gate, 0);
    const [answer] = await answered;
    await worker.terminate();
    return String(answer);
  };
  return { resume };
}

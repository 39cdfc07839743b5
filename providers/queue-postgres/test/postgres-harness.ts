import { once } from "node:events";
import { setTimeout as pause } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import { systemClock, VirtualClock } from "@bedplate/clock";
import type { OpenedTarget } from "@bedplate/conformance";
import {
  indexedPlans,
  openPostgresPool,
  openScratchSchema,
  readPostgresUrl,
} from "@bedplate/postgres";
import type { ProviderHost } from "@bedplate/provider";
import { type QueueDriver, WorkQueue } from "@bedplate/queue";
import type { QueueKit, Stalled } from "@bedplate/queue/conformance";
import { silentLog } from "@bedplate/telemetry";
import { type Engine, killAfterLines, openWire } from "@bedplate/testkit";
import { openPostgresQueue } from "../src/index.ts";
import { leaseJobs } from "../src/job-statements.ts";
import { settings } from "../src/open-postgres-queue.ts";

export const host: ProviderHost = { clock: systemClock, log: silentLog, variables: {} };

/** How long a cut lasts: whoever connects again later is let through. */
const cutMs = 200;

/** Whose time the queue goes by: one that the case moves, or the engine's own. */
export type Time = "virtual" | "engine";

/** A queue in a schema of its own behind a wire, and what can be done to it. */
export async function openHarness(
  engine: Engine,
  time: Time,
  options: { readonly wrap?: ((driver: QueueDriver) => QueueDriver) | undefined } = {},
): Promise<OpenedTarget<WorkQueue, QueueKit>> {
  const held = new AsyncDisposableStack();
  const { url } = held.use(openScratchSchema(engine.url, { host, settings }));
  const wire = held.use(await openWire(engine));
  const clock = new VirtualClock();
  const isVirtual = time === "virtual";
  const given = isVirtual ? { clock } : {};
  const { wrap = (driver: QueueDriver) => driver } = options;
  const openQueue = async (at: string) =>
    held.use(new WorkQueue(wrap(await openPostgresQueue(at, host, given)), given));
  const nowMs = () => (isVirtual ? clock.now() : null);
  const target = await openQueue(wire.url(url));
  const kit: QueueKit = {
    clock: isVirtual ? clock : { now: () => Date.now(), advance: (ms) => pause(ms + 1) },
    ...(isVirtual && { virtualClock: true as const }),
    second: () => openQueue(url),
    reopen: async () => {
      await target.close();
      return openQueue(url);
    },
    crash: async (linesMin) => {
      const module = new URL("crash-worker.ts", import.meta.url);
      const reports = await killAfterLines(module, {
        args: [url, String(nowMs() ?? "")],
        linesMin,
      });
      return { reports, queue: target };
    },
    stall: () => stall(url, nowMs()),
    killEngine: async () => {
      await engine.kill();
      await engine.restart();
    },
    cut(moment) {
      wire.cutAfter(moment === "before-send" ? "to-server" : "to-client", 0);
      setTimeout(() => wire.resume(), cutMs).unref();
    },
    slow: (ms) => (ms === 0 ? wire.resume() : wire.delay(ms)),
    fill: (count) => fill(url, count),
    leaseSteps: () => leaseSteps(url, nowMs()),
  };
  return { target, kit, [Symbol.asyncDispose]: () => held.disposeAsync() };
}

async function stall(url: string, nowMs: number | null): Promise<Stalled> {
  const gate = new Int32Array(new SharedArrayBuffer(4));
  const worker = new Worker(new URL("stall-worker.ts", import.meta.url), {
    workerData: { url, nowMs, gate },
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

/** Puts ready jobs into the cases' queue, the oldest first. */
export async function fill(url: string, count: number): Promise<void> {
  await using pool = await openPostgresPool(readPostgresUrl(url, settings), host);
  const text = `INSERT INTO job (queue, id, state, body, priority, rank, attempts_max, enqueued_at,
      ready_at)
    SELECT 'lane', gen_random_uuid()::text, 'ready', '', 4, n, 5, n, n
    FROM generate_series(1, $1::integer) AS n`;
  await pool.write({ text }, [count], { op: "test.fill" });
}

/** Pages that the engine looks at to lease one job. */
export async function leaseSteps(url: string, nowMs: number | null): Promise<number> {
  const place = readPostgresUrl(url, settings);
  await using pool = await openPostgresPool(place, host, { session: indexedPlans });
  const text = `EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) ${leaseJobs.text}`;
  const values = [nowMs, ["lane"], [crypto.randomUUID()], ["w"], [10_000]];
  const { rows } = await pool.write<ExplainRow>({ text }, values, { op: "test.explain" });
  const plan = rows[0]?.["QUERY PLAN"][0]?.Plan ?? {};
  return (plan["Shared Hit Blocks"] ?? 0) + (plan["Shared Read Blocks"] ?? 0);
}

interface ExplainRow {
  readonly "QUERY PLAN": readonly { readonly Plan: Readonly<Record<string, number>> }[];
}

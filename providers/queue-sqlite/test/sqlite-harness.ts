import { once } from "node:events";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { Worker } from "node:worker_threads";
import { VirtualClock } from "@bedplate/clock";
import type { OpenedTarget } from "@bedplate/conformance";
import { type QueueDriver, WorkQueue } from "@bedplate/queue";
import type { QueueKit, Stalled } from "@bedplate/queue/conformance";
import { killAfterLines, openScratchFolder } from "@bedplate/testkit";
import { openSqliteQueue, type SqliteQueueOptions } from "../src/index.ts";
import { hotStatements } from "../src/job-statements.ts";

/** A queue on a fresh file, and what can be done to it. */
export async function openHarness(): Promise<OpenedTarget<WorkQueue, QueueKit>> {
  const held = new AsyncDisposableStack();
  const path = join(held.use(openScratchFolder()).path, "queue.db");
  const clock = new VirtualClock();
  const openQueue = async (isOwner: boolean) => {
    const driver = await openSqliteQueue({ path, clock, isOwner });
    return held.use(new WorkQueue(driver, { clock }));
  };
  const place = await openPlace({ path, clock });
  const target = held.use(new WorkQueue(place.driver, { clock }));
  const kit: QueueKit = {
    clock,
    virtualClock: true,
    second: () => openQueue(false),
    reopen: async () => {
      await target.close();
      return openQueue(true);
    },
    crash: async (linesMin) => {
      await target.close();
      const module = new URL("crash-worker.ts", import.meta.url);
      const args = [path, String(clock.now())];
      const reports = await killAfterLines(module, { args, linesMin });
      return { reports, queue: await openQueue(true) };
    },
    stall: () => stall(path, clock.now()),
    fill: async (count) => fill(path, count),
    leaseSteps: async () => leaseSteps(path),
    fillDisk: async () => {
      await place.reopen({ pagesMax: pageCountOf(path) });
      return { [Symbol.asyncDispose]: () => place.reopen({}) };
    },
  };
  return { target, kit, [Symbol.asyncDispose]: () => held.disposeAsync() };
}

interface Place {
  /** Stands for whichever driver is open on the file. */
  readonly driver: QueueDriver;
  reopen(more: Partial<SqliteQueueOptions>): Promise<void>;
}

async function openPlace(options: SqliteQueueOptions): Promise<Place> {
  let current = await openSqliteQueue(options);
  const driver = new Proxy(current, {
    get(_, name) {
      const value = Reflect.get(current, name, current);
      return typeof value === "function" ? value.bind(current) : value;
    },
  });
  const reopen = async (more: Partial<SqliteQueueOptions>) => {
    await current[Symbol.asyncDispose]();
    current = await openSqliteQueue({ ...options, ...more });
  };
  return { driver, reopen };
}

async function stall(path: string, nowMs: number): Promise<Stalled> {
  const gate = new Int32Array(new SharedArrayBuffer(4));
  const worker = new Worker(new URL("stall-worker.ts", import.meta.url), {
    workerData: { path, nowMs, gate },
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

function fill(path: string, count: number): void {
  using database = new DatabaseSync(path, { timeout: 5_000 });
  database
    .prepare(
      `WITH RECURSIVE added (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM added WHERE n < :count)
      INSERT INTO job (queue, id, state, body, priority, rank, attempts_max, enqueued_at, ready_at)
      SELECT 'lane', hex(randomblob(16)), 'ready', x'', 4, n, 5, n, n FROM added`,
    )
    .run({ count });
}

/** What the plans of a lease's statements may visit: every row for a scan or a sort, one for a search. */
export function leaseSteps(path: string): number {
  using database = openReader(path);
  const rows = Number(database.prepare("SELECT count(*) AS count FROM job").get()?.["count"]);
  const plans = hotStatements.flatMap((text) =>
    database.prepare(`EXPLAIN QUERY PLAN ${text}`).all(),
  );
  const costs = plans.map(({ detail }) => (/^SCAN|TEMP B-TREE/.test(String(detail)) ? rows : 1));
  return costs.reduce((sum, each) => sum + each, 0);
}

function pageCountOf(path: string): number {
  using database = openReader(path);
  return Number(database.prepare("PRAGMA page_count").get()?.["page_count"]);
}

function openReader(path: string): DatabaseSync {
  return new DatabaseSync(path, { readOnly: true });
}

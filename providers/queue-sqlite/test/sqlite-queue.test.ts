import { execFile } from "node:child_process";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { promisify } from "node:util";
import { VirtualClock } from "@bedplate/clock";
import { describeConformance } from "@bedplate/conformance/vitest";
import { WorkQueue } from "@bedplate/queue";
import { queueConformance } from "@bedplate/queue/conformance";
import { openDatabase } from "@bedplate/sqlite";
import { openScratchFolder } from "@bedplate/testkit";
import { expect, test } from "vitest";
import { openSqliteQueue } from "../src/index.ts";
import { hotStatements } from "../src/job-statements.ts";
import { queueDatabase } from "../src/schema.ts";
import { leaseSteps, openHarness } from "./sqlite-harness.ts";

const noNetwork = "the engine is in this process";

describeConformance({
  name: "queue-sqlite",
  cases: queueConformance,
  open: openHarness,
  undeclared: ["WQ37", "WQ58", "WQ59", "WQ60"],
  blocked: {
    WQ67: noNetwork,
    WQ68: noNetwork,
    WQ69: noNetwork,
    WQ70: "the engine dies with its process: WQ40",
    WQ71: noNetwork,
  },
});

test("a second owner is refused, two sharers are not", async () => {
  using folder = openScratchFolder();
  const path = join(folder.path, "queue.db");
  await using _owner = await openSqliteQueue({ path });
  await expect(openSqliteQueue({ path })).rejects.toMatchObject({ code: "resource.busy" });
  await using _sharer = await openSqliteQueue({ path, isOwner: false });
});

test("three processes drain one file, and each job is finished once", async () => {
  using folder = openScratchFolder();
  const path = join(folder.path, "queue.db");
  await using queue = new WorkQueue(await openSqliteQueue({ path, isOwner: false }));
  const ids = Array.from({ length: 200 }, (_, i) => `j${String(i).padStart(3, "0")}`);
  await queue.enqueue(
    "lane",
    ids.map((id) => ({ id, body: new Uint8Array(10) })),
  );
  const worker = new URL("drain-worker.ts", import.meta.url).pathname;
  const drain = () => promisify(execFile)(process.execPath, [worker, path]);
  const outputs = await Promise.all([drain(), drain(), drain()]);
  const finished = outputs.flatMap(({ stdout }) => stdout.split("\n").filter(Boolean));
  expect(finished.sort()).toEqual(ids);
});

test("every statement of a lease finds its rows by an index, in order", async () => {
  using folder = openScratchFolder();
  const path = join(folder.path, "queue.db");
  await using _queue = await openSqliteQueue({ path });
  expect(leaseSteps(path)).toBeGreaterThan(0);
  const plans = hotStatements.flatMap((text) => planOf(path, text));
  expect(plans.filter((step) => /^SCAN|TEMP B-TREE/.test(step))).toEqual([]);
});

function planOf(path: string, text: string): readonly string[] {
  using database = new DatabaseSync(path, { readOnly: true });
  return database
    .prepare(`EXPLAIN QUERY PLAN ${text}`)
    .all()
    .map(({ detail }) => String(detail));
}

test("a file of version 1 opens with its jobs, and what it did not keep is left out", async () => {
  using folder = openScratchFolder();
  const path = join(folder.path, "queue.db");
  const first = queueDatabase.migrations.slice(0, 1);
  {
    using old = openDatabase(path, { ...queueDatabase, migrations: first });
    old.exec(`
      INSERT INTO job (queue, id, state, body, priority, rank, attempts, attempts_max, enqueued_at,
        ready_at, token, worker, until)
      VALUES ('lane', 'held', 'leased', x'01', 4, 0, 2, 5, 1000, 1000, 't', 'old', 5000),
        ('lane', 'ready', 'ready', x'02', 4, 0, 0, 5, 1000, 1000, NULL, NULL, NULL)`);
  }
  const clock = new VirtualClock(2_000);
  await using queue = new WorkQueue(await openSqliteQueue({ path, clock }), { clock });
  const [ready] = await queue.lease({ queues: ["lane"], durationMs: 1_000, worker: "new" });
  expect(ready).toMatchObject({ id: "ready", attempt: 1, group: null });
  const held = { queue: "lane", id: "held", token: "t" };
  expect(await queue.release([{ lease: held, reason: "again" }])).toMatchObject([{ ok: true }]);
  await clock.advance(10);
  const [again] = await queue.lease({ queues: ["lane"], durationMs: 1_000, worker: "new" });
  expect(again).toMatchObject({ id: "held", attempt: 3, lastReason: "again" });
  const history = (await queue.inspect("lane", "held"))?.history;
  expect(history).toEqual([{ worker: "new", from: 2_010, to: null, end: "open", reason: null }]);
});

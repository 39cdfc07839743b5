import { execFile } from "node:child_process";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { promisify } from "node:util";
import { VirtualClock } from "@bedplate/clock";
import type { OpenedTarget } from "@bedplate/conformance";
import { describeConformance } from "@bedplate/conformance/vitest";
import { WorkQueue } from "@bedplate/queue";
import { type QueueKit, queueConformance } from "@bedplate/queue/conformance";
import { killAfterLines, openScratchFolder } from "@bedplate/testkit";
import { expect, test } from "vitest";
import { openSqliteQueue } from "../src/index.ts";
import { hotStatements } from "../src/job-statements.ts";

async function open(): Promise<OpenedTarget<WorkQueue, QueueKit>> {
  const held = new AsyncDisposableStack();
  const path = join(held.use(openScratchFolder()).path, "queue.db");
  const clock = new VirtualClock();
  const openQueue = async (isOwner: boolean) => {
    const driver = await openSqliteQueue({ path, clock, isOwner });
    return held.use(new WorkQueue(driver, { clock }));
  };
  const target = await openQueue(true);
  const kit = {
    clock,
    second: () => openQueue(false),
    reopen: async () => {
      await target.close();
      return openQueue(true);
    },
    crash: async (linesMin: number) => {
      await target.close();
      const module = new URL("crash-worker.ts", import.meta.url);
      const args = [path, String(clock.now())];
      const reports = await killAfterLines(module, { args, linesMin });
      return { reports, queue: await openQueue(true) };
    },
  };
  return { target, kit, [Symbol.asyncDispose]: () => held.disposeAsync() };
}

describeConformance({ name: "queue-sqlite", cases: queueConformance, open });

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

test("WQ45 every statement of a lease finds its rows by an index, in order", async () => {
  using folder = openScratchFolder();
  const path = join(folder.path, "queue.db");
  await (await openSqliteQueue({ path }))[Symbol.asyncDispose]();
  const database = new DatabaseSync(path);
  for (const text of hotStatements) {
    const plan = database.prepare(`EXPLAIN QUERY PLAN ${text}`).all();
    const steps = plan.map((row) => String(row["detail"]));
    expect(steps.filter((step) => step.startsWith("SCAN"))).toEqual([]);
    expect(steps.filter((step) => step.includes("TEMP B-TREE"))).toEqual([]);
  }
  database.close();
});

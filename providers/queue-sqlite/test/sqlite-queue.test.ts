import { execFile } from "node:child_process";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { promisify } from "node:util";
import { describeConformance } from "@bedplate/conformance/vitest";
import { WorkQueue } from "@bedplate/queue";
import { queueConformance } from "@bedplate/queue/conformance";
import { openScratchFolder } from "@bedplate/testkit";
import { expect, test } from "vitest";
import { openSqliteQueue } from "../src/index.ts";
import { hotStatements } from "../src/job-statements.ts";
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

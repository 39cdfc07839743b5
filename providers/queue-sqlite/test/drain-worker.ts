/** Takes jobs of a shared file until none is left, and prints the id of each that it finished. */
import { writeSync } from "node:fs";
import { WorkQueue } from "@bedplate/queue";
import { openSqliteQueue } from "../src/index.ts";

await using queue = new WorkQueue(
  await openSqliteQueue({ path: process.argv[2] ?? "", isOwner: false }),
);
for (;;) {
  const request = { queues: ["lane"], max: 3, durationMs: 60_000, worker: String(process.pid) };
  const jobs = await queue.lease(request);
  if (jobs.length === 0) break;
  for (const settled of await queue.acknowledge(jobs)) {
    if (settled.ok) writeSync(1, `${settled.id}\n`);
  }
}

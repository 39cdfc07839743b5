/** A thread that leases a job of a file, and stands still until it is told to go on. */
import { parentPort, workerData } from "node:worker_threads";
import { VirtualClock } from "@bedplate/clock";
import { WorkQueue } from "@bedplate/queue";
import { workWhileStalled } from "@bedplate/queue/conformance";
import { openSqliteQueue } from "../src/index.ts";

const { path, nowMs, gate } = workerData as { path: string; nowMs: number; gate: Int32Array };
const clock = new VirtualClock(nowMs);
await using queue = new WorkQueue(await openSqliteQueue({ path, clock, isOwner: false }), {
  clock,
});
const answer = await workWhileStalled(queue, () => {
  parentPort?.postMessage("stalled");
  Atomics.wait(gate, 0, 0, 30_000);
});
parentPort?.postMessage(answer);

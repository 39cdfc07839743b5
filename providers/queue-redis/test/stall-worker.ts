/** A thread that leases a job, and stands still until it is told to go on. */
import { parentPort, workerData } from "node:worker_threads";
import { workWhileStalled } from "@bedplate/queue/conformance";
import { openAt } from "./open-at.ts";

const { url, nowMs, gate } = workerData as { url: string; nowMs: string; gate: Int32Array };
await using queue = await openAt(url, nowMs);
const answer = await workWhileStalled(queue, () => {
  parentPort?.postMessage("stalled");
  Atomics.wait(gate, 0, 0, 30_000);
});
parentPort?.postMessage(answer);

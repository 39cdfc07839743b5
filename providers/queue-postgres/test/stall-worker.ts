/** A thread that leases a job, and stands still until it is told to go on. */
import { parentPort, workerData } from "node:worker_threads";
import { VirtualClock } from "@bedplate/clock";
import { WorkQueue } from "@bedplate/queue";
import { workWhileStalled } from "@bedplate/queue/conformance";
import { openPostgresQueue } from "../src/index.ts";
import { host } from "./postgres-harness.ts";

interface Facts {
  readonly url: string;
  readonly nowMs: number | null;
  readonly gate: Int32Array;
}

const { url, nowMs, gate } = workerData as Facts;
const given = nowMs === null ? {} : { clock: new VirtualClock(nowMs) };
await using queue = new WorkQueue(await openPostgresQueue(url, host, given), given);
const answer = await workWhileStalled(queue, () => {
  parentPort?.postMessage("stalled");
  Atomics.wait(gate, 0, 0, 30_000);
});
parentPort?.postMessage(answer);

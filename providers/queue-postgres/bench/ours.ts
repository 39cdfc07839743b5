import { systemClock } from "@bedplate/clock";
import { WorkQueue } from "@bedplate/queue";
import { silentLog } from "@bedplate/telemetry";
import { openPostgresQueue } from "../src/index.ts";
import { type Contender, loops } from "./contender.ts";

const host = { clock: systemClock, log: silentLog, variables: {} };
const lane = "bench";

/** This package. */
export async function openOurs(url: string): Promise<Contender> {
  const queue = new WorkQueue(await openPostgresQueue(url, host));
  const jobOf = (text: string) => ({ body: Buffer.from(text) });
  return {
    name: "queue-postgres",
    enqueue: (text) => queue.enqueue(lane, [jobOf(text)]),
    enqueueMany: (texts) => queue.enqueue(lane, texts.map(jobOf)),
    drain: (workers) =>
      loops(workers, async (index) => {
        const request = { queues: [lane], durationMs: 60_000, worker: `w${index}` };
        const jobs = await queue.lease(request);
        if (jobs.length > 0) await queue.acknowledge(jobs);
        return jobs.length > 0;
      }),
    [Symbol.asyncDispose]: () => queue.close(),
  };
}

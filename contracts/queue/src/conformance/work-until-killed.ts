import { setImmediate } from "node:timers/promises";
import type { WorkQueue } from "../work-queue.ts";
import { add, lane, lease } from "./queue-case.ts";

/** How long the process holds what it does not finish. */
export const crashLeaseMs = 1_000;

/**
 * What a process does until it is killed: adds jobs, takes some and finishes most of those. It
 * reports `added <id>` and `done <id>` after the call was acknowledged.
 */
export async function workUntilKilled(
  queue: WorkQueue,
  report: (line: string) => void,
): Promise<never> {
  const produce = async (producer: number) => {
    for (let i = 0; ; i++) {
      const id = `${producer}-${i}`;
      await add(queue, [id]);
      report(`added ${id}`);
      await setImmediate();
    }
  };
  const consume = async () => {
    for (;;) {
      const [job, ...held] = await lease(queue, 3, { forMs: crashLeaseMs });
      if (job === undefined) await setImmediate();
      else if (held.length > 0 && (await queue.acknowledge([job]))[0]?.ok) report(`done ${job.id}`);
    }
  };
  await Promise.all([0, 1, 2, 3].map(produce).concat([consume(), consume()]));
  throw new Error(`Cannot end: the workers of ${lane} go on until the process is killed`);
}

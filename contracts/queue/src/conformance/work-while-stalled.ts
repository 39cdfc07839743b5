import type { WorkQueue } from "../work-queue.ts";
import { briefMs, leaseOne } from "./queue-case.ts";

/**
 * What a thread does whose event loop stalls: leases a job, stands still in `stall`, acknowledges, and
 * answers `done` or the fault's code. `stall` must block the thread, not wait.
 */
export async function workWhileStalled(queue: WorkQueue, stall: () => void): Promise<string> {
  const job = await leaseOne(queue, briefMs);
  stall();
  const [answer] = await queue.acknowledge([job]);
  return answer?.ok === true ? "done" : (answer?.fault.code ?? "nothing");
}

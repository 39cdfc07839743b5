import { VirtualClock } from "@bedplate/clock";
import { WorkQueue } from "@bedplate/queue";
import { openRedisQueue } from "../src/index.ts";
import { host } from "./redis-harness.ts";

/** Opens the queues of a URL, at a time that stands still if one is given. */
export async function openAt(url: string, nowMs: string): Promise<WorkQueue> {
  if (nowMs === "") return new WorkQueue(await openRedisQueue(url, host));
  const clock = new VirtualClock(Number(nowMs));
  const driver = await openRedisQueue(url, host, { clock });
  return new WorkQueue(driver, { clock });
}

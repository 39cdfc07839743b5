import { join } from "node:path";
import { VirtualClock } from "@bedplate/clock";
import type { OpenedTarget } from "@bedplate/conformance";
import { describeConformance } from "@bedplate/conformance/vitest";
import { WorkQueue } from "@bedplate/queue";
import { type QueueKit, queueConformance } from "@bedplate/queue/conformance";
import { killAfterLines, openScratchFolder } from "@bedplate/testkit";
import { expect, test } from "vitest";
import { openSqliteQueue } from "../src/index.ts";

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

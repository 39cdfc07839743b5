import { type Clock, systemClock } from "@bedplate/clock";
import { StateStore } from "@bedplate/state";
import { openMemoryState } from "@bedplate/state-memory";
import { silentLog } from "@bedplate/telemetry";
import { expect, test } from "vitest";
import { MachineStore, NodeMembership } from "../src/index.ts";
import { ClusterView } from "../src/nodes/cluster-view.ts";
import { NodeDirectory } from "../src/nodes/node-directory.ts";
import { NodeWatch } from "../src/nodes/node-watch.ts";

const lostMs = 60_000;

test("an outage of the state makes no node lost, silence after it does", async () => {
  const { watch, directory, pass } = await openWatch();
  await watch();
  pass(1_000);
  await watch();
  // Nobody reached the state: neither the one who looks nor the node.
  pass(10 * lostMs);
  await watch();
  expect((await directory.get("node-1")).state).toBe("ready");
  for (let past = 0; past < lostMs; past += 1_000) {
    pass(1_000);
    await watch();
    expect((await directory.get("node-1")).state).toBe("ready");
  }
  pass(1_000);
  await watch();
  expect((await directory.get("node-1")).state).toBe("lost");
});

test("long work on the state is no outage", async () => {
  const { watch, directory, pass, answer } = await openWatch();
  await watch();
  for (let past = 0; past <= lostMs; past += 1_000) {
    pass(1_000);
    answer();
  }
  await watch();
  expect((await directory.get("node-1")).state).toBe("lost");
});

/** One node that registered and says nothing more. */
async function openWatch() {
  let nowMs = 0;
  const clock: Clock = {
    now: () => nowMs,
    monotonic: () => nowMs,
    sleep: (ms, options) => systemClock.sleep(ms, options),
  };
  const own = { state: new StateStore(await openMemoryState()).in("machines"), log: silentLog };
  const store = new MachineStore({ ...own, clock });
  const node = { name: "node-1", place: "p", labels: {}, capacity: {}, offers: [] };
  const membership = new NodeMembership({
    ...own,
    ...{ clock: systemClock, self: () => node, onBeat: () => {} },
  });
  await membership.start();
  await membership[Symbol.asyncDispose]();
  const lease = { fence: { name: "placement", epoch: 1 } };
  const nodes = new NodeWatch({ store, lease, clock, log: silentLog }, { lostMs });
  const view = new ClusterView({ cpuMillis: 0, memoryMiB: 0, diskMiB: 0 });
  return {
    watch: () => nodes.look(view, async () => {}),
    directory: new NodeDirectory({ ...own, clock: systemClock }),
    answer: () => nodes.noteAnswer(),
    pass: (ms: number) => {
      nowMs += ms;
    },
  };
}

import { systemClock } from "@bedplate/clock";
import { newCall } from "@bedplate/environment";
import { silentLog } from "@bedplate/telemetry";
import { eventually, faultOf } from "@bedplate/testkit";
import { expect, test } from "vitest";
import { LocalControl, type Machine, MachineStore, PlacementLease, Placer } from "../src/index.ts";
import { wish } from "../src/machine-wish.ts";
import { settledWithoutNode } from "../src/placed.ts";
import { type Cluster, type Host, openCluster } from "./cluster.ts";

const signal = () => AbortSignal.timeout(10_000);
const settle = (cluster: Cluster, id: string): Promise<Machine> =>
  cluster.machines.wait({ project: "p", id }, { signal: signal() });

test("machines are spread over the nodes that have room, and the rest waits and says why", async () => {
  await using cluster = await openCluster([
    { capacity: { machines: 2 } },
    { capacity: { machines: 1 } },
  ]);
  const made: Machine[] = [];
  for (let at = 0; at < 4; at++) made.push(await cluster.machines.create({ project: "p" }));
  const [first, ...others] = made;
  expect(made.map(({ node }) => node).toSorted()).toEqual([
    "node-1",
    "node-1",
    "node-2",
    undefined,
  ]);
  const late = others.at(-1)?.id ?? "";
  await eventually("it says why it waits", async () => {
    const { waitsBecause } = await cluster.machines.get("p", late);
    return waitsBecause === "no node has room for it: machines";
  });
  await settle(cluster, first?.id ?? "");
  await cluster.machines.delete("p", first?.id ?? "");
  const placed = await settle(cluster, late);
  expect(placed).toMatchObject({ node: first?.node, observed: { state: "running" } });
  expect(placed.waitsBecause).toBeUndefined();
});

test("a machine that is stopped has no node and takes no room, and starts again where there is room", async () => {
  await using cluster = await openCluster([{ capacity: { machines: 1 } }]);
  const { id } = await cluster.machines.create({ project: "p" });
  await settle(cluster, id);
  await cluster.machines.stop("p", id);
  const stopped = await settle(cluster, id);
  expect(stopped).toMatchObject({ observed: { state: "stopped" }, lastNode: "node-1" });
  expect(stopped.node).toBeUndefined();
  const other = await cluster.machines.create({ project: "p" });
  expect((await settle(cluster, other.id)).observed.state).toBe("running");
  await cluster.machines.resume("p", id);
  await eventually("it waits", async () => {
    return (await cluster.machines.get("p", id)).waitsBecause !== undefined;
  });
  await cluster.machines.delete("p", other.id);
  expect(await settle(cluster, id)).toMatchObject({
    node: "node-1",
    observed: { state: "running" },
  });
});

test("a machine that waits can be deleted, and one whose time is over ends without a node", async () => {
  await using cluster = await openCluster([{ capacity: { machines: 0 } }]);
  const { id } = await cluster.machines.create({ project: "p" });
  expect((await cluster.machines.delete("p", id)).observed.state).toBe("deleted");
  const short = await cluster.machines.create({ project: "p", ttlMs: 1 });
  await eventually("it is over", async () => {
    return (await cluster.machines.get("p", short.id)).observed.state === "deleted";
  });
});

test("a stopped machine whose time is over stays stopped, and others are placed all the same", async () => {
  await using cluster = await openCluster([{}]);
  const { id } = await cluster.machines.create({ project: "p", onExpiry: "pause" });
  await settle(cluster, id);
  await cluster.machines.stop("p", id);
  await settle(cluster, id);
  await cluster.machines.setLifetime({ project: "p", id, ttlMs: 1 });
  await eventually("its time is over", async () => {
    return (await cluster.machines.get("p", id)).lifetime.expiresAt === undefined;
  });
  expect((await cluster.machines.get("p", id)).observed.state).toBe("stopped");
  await cluster.machines.setLifetime({ project: "p", id, ttlMs: null });
  // One that waits is placed by the same round that ends others.
  await cluster.machines.resume("p", id);
  expect((await settle(cluster, id)).observed.state).toBe("running");
});

test("what another replica writes while a placer begins is not overlooked", async () => {
  await using cluster = await openCluster([{}]);
  const { id } = await cluster.machines.create({ project: "p" });
  await settle(cluster, id);
  await cluster.machines.stop("p", id);
  await settle(cluster, id);
  await cluster.placer[Symbol.asyncDispose]();
  const { state } = cluster.store;
  const own = { state, clock: systemClock, log: silentLog };
  const other = new MachineStore(own);
  const store = new (class extends MachineStore {
    override async *all(): AsyncGenerator<Machine, void, void> {
      yield* super.all();
      await other.change({ project: "p", id }, (each) => {
        const now = systemClock.now();
        const change = wish(each, { desired: "running", now });
        return change && settledWithoutNode(change, now);
      });
    }
  })(own);
  const lease = new PlacementLease({ ...own, replica: "r2", place: "p1" });
  const size = { cpuMillis: 0, memoryMiB: 0, diskMiB: 0 };
  const settings = { strategy: "spread", lostMs: 60_000, size } as const;
  const modules = { ...own, store, lease, directory: cluster.directory };
  await using placer = new Placer(modules, settings);
  await placer.start();
  await eventually("it runs", async () => {
    return (await cluster.machines.get("p", id)).observed.state === "running";
  });
});

test("a machine that is made while others are being placed does not get their room", async () => {
  await using cluster = await openCluster([{ capacity: { machines: 1 } }]);
  const { id } = await cluster.machines.create({ project: "p" });
  await settle(cluster, id);
  await cluster.machines.stop("p", id);
  const stopped = await settle(cluster, id);
  await cluster.placer[Symbol.asyncDispose]();
  await cluster.machines.resume("p", id);
  const own = { state: cluster.store.state, clock: systemClock, log: silentLog };
  const urgent = { ...stopped, id: "urgent", desired: "running", priority: 9 } as const;
  const given: unknown[] = [];
  const store = new (class extends MachineStore {
    override change(...all: Parameters<MachineStore["change"]>): Promise<Machine> {
      given.push(placer.place(urgent));
      return super.change(...all);
    }
  })(own);
  const lease = new PlacementLease({ ...own, replica: "r2", place: "p1" });
  const size = { cpuMillis: 0, memoryMiB: 0, diskMiB: 0 };
  const settings = { strategy: "spread", lostMs: 60_000, size } as const;
  const modules = { ...own, store, lease, directory: cluster.directory };
  await using placer = new Placer(modules, settings);
  await placer.start();
  expect((await settle(cluster, id)).observed.state).toBe("running");
  expect(given).toEqual([undefined]);
});

test("labels that a machine wants decide where it goes", async () => {
  await using cluster = await openCluster([
    { labels: { disk: "ssd" } },
    { labels: { disk: "tape" } },
  ]);
  for (const disk of ["tape", "tape", "ssd"]) {
    const { node } = await cluster.machines.create({ project: "p", nodeLabels: { disk } });
    expect(node).toBe(disk === "ssd" ? "node-1" : "node-2");
  }
});

test("a node that drains gives its machines to others with what was on their disks, and takes no more", async () => {
  await using cluster = await openCluster([{}, {}]);
  const made = [1, 2, 3, 4].map(() => cluster.machines.create({ project: "p" }));
  for (const { id } of await Promise.all(made)) {
    await settle(cluster, id);
    await write(cluster, id, `note of ${id}`);
  }
  await cluster.directory.drain("node-1", { moves: true });
  await eventually("it has drained", async () => {
    return (await cluster.directory.get("node-1")).state === "drained";
  });
  for (const { id } of await Promise.all(made)) {
    expect(await settle(cluster, id)).toMatchObject({ node: "node-2", restarts: 0 });
    expect(await read(cluster, id)).toBe(`note of ${id}`);
  }
  expect(await instancesOf(hostOf(cluster, 0))).toEqual([]);
  expect((await cluster.machines.create({ project: "p" })).node).toBe("node-2");
  await cluster.directory.undrain("node-1");
  // The node may not have heard of it yet: it keeps what it gets all the same.
  const fresh = await cluster.machines.create({ project: "p" });
  expect(await settle(cluster, fresh.id)).toMatchObject({ node: "node-1", epoch: 1 });
});

test("machines that are to stay on a node that drains end there", async () => {
  await using cluster = await openCluster([{}]);
  const { id } = await cluster.machines.create({ project: "p" });
  await settle(cluster, id);
  expect((await cluster.directory.drain("node-1", { moves: false })).state).toBe("draining");
  const other = await cluster.machines.create({ project: "p" });
  expect(other.node).toBeUndefined();
  expect(await cluster.machines.get("p", id)).toMatchObject({ node: "node-1" });
  await cluster.machines.delete("p", id);
  await eventually("it has drained", async () => {
    return (await cluster.directory.get("node-1")).state === "drained";
  });
});

test("a lost node's machines fail or start anew elsewhere, as their restart policies say", async () => {
  await using cluster = await openCluster([{ labels: { is: "lost" } }]);
  const keep = await cluster.machines.create({ project: "p" });
  const restart = { when: "on-failure" } as const;
  const move = await cluster.machines.create({ project: "p", restart });
  await settle(cluster, keep.id);
  await settle(cluster, move.id);
  await write(cluster, move.id, "kept");
  const snapshot = await cluster.machines.capture({ project: "p", id: move.id, scope: "files" });
  await hostOf(cluster, 0).crash();
  await untilLost(cluster);
  expect((await settle(cluster, keep.id)).observed).toMatchObject({
    state: "failed",
    fault: { code: "environment.unhealthy", detail: { reason: "node/node-1 is lost" } },
  });
  const waits = await cluster.machines.get("p", move.id);
  expect(waits).toMatchObject({ observed: { state: "pending" }, lastNode: "node-1", epoch: 2 });
  await using _spare = await cluster.join("node-2");
  const again = await settle(cluster, move.id);
  expect(again).toMatchObject({ node: "node-2", observed: { state: "running" }, restarts: 1 });
  expect(again.source?.snapshot).toBe(snapshot.id);
  expect(await read(cluster, move.id)).toBe("kept");
});

test("a node that comes back ends what is no longer its own, and its late reports are refused", async () => {
  await using cluster = await openCluster([{}]);
  const { id } = await cluster.machines.create({ project: "p" });
  const before = await settle(cluster, id);
  const host = hostOf(cluster, 0);
  await host.crash();
  await untilLost(cluster);
  expect((await settle(cluster, id)).observed.state).toBe("failed");
  expect(await instancesOf(host)).toEqual([`${id}.1`]);
  const control = new LocalControl(cluster.store, { clock: systemClock });
  const assignment = { project: "p", id, node: "node-1", epoch: before.epoch };
  const late = control.report(assignment, { state: "running", generation: before.generation });
  expect((await faultOf(late)).code).toBe("fence.stale");
  await host.start();
  await eventually("it is ended", async () => (await instancesOf(host)).length === 0);
  expect((await cluster.directory.get("node-1")).state).toBe("ready");
  await cluster.machines.resume("p", id);
  expect(await settle(cluster, id)).toMatchObject({ node: "node-1", attempt: 2 });
});

async function untilLost({ directory }: Cluster): Promise<void> {
  await eventually(
    "the node is lost",
    async () => (await directory.get("node-1")).state === "lost",
    {
      timeoutMs: 20_000,
    },
  );
}

async function write(cluster: Cluster, id: string, text: string): Promise<void> {
  const access = await cluster.machines.reach({ project: "p", id, signal: signal() });
  const body = new Blob([text]).stream() as ReadableStream<Uint8Array>;
  await access.facet("files").write({ path: "/tmp/note", body }, access.call({ timeoutMs: 1_000 }));
}

async function read(cluster: Cluster, id: string): Promise<string> {
  const access = await cluster.machines.reach({ project: "p", id, signal: signal() });
  const body = access.facet("files").read({ path: "/tmp/note" }, access.call({ timeoutMs: 1_000 }));
  return new Response(await body).text();
}

function hostOf({ hosts }: Cluster, at: number): Host {
  const host = hosts[at];
  if (host === undefined) throw new Error("There is no such host");
  return host;
}

/** Every instance that a host has. */
async function instancesOf({ registry }: Host): Promise<readonly string[]> {
  using use = registry.slots.use("fake-machine");
  const keys: string[] = [];
  const call = newCall({ principal: "test", timeoutMs: 5_000 });
  for await (const { key } of use.environment.inventory(call)) keys.push(key);
  return keys;
}

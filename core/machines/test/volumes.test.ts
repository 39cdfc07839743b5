import { newCall } from "@bedplate/environment";
import { eventually, faultOf } from "@bedplate/testkit";
import { expect, test } from "vitest";
import { type Machine, type MachineRequest, VolumeStore } from "../src/index.ts";
import { openCluster } from "./cluster.ts";
import { openRig, type Rig, settle, steps } from "./rig.ts";

const mib = 2 ** 20;
const project = "p";
const request = { project, name: "kept", bytes: 16 * mib };
const writing = [{ name: "kept", path: "/data" }];
const reading = [{ name: "kept", path: "/data", isReadOnly: true }];

/** A machine that runs. */
async function running(rig: Rig, more: Partial<MachineRequest>): Promise<Machine> {
  const { id } = await rig.machines.create({ project, ...more });
  const machine = await settle(rig, id);
  expect(machine.observed).toMatchObject({ state: "running" });
  return machine;
}

async function gone(rig: Rig, id: string): Promise<void> {
  await rig.machines.delete(project, id);
  expect((await settle(rig, id)).observed.state).toBe("deleted");
}

async function run(rig: Rig, id: string, argv: readonly string[]): Promise<string> {
  const signal = AbortSignal.timeout(5_000);
  const access = await rig.machines.reach({ project, id, signal });
  const exec = access.facet("exec");
  const call = () => access.call({ timeoutMs: 5_000 });
  const process = await exec.start({ argv }, call());
  let said = "";
  for await (const { data } of exec.output({ process: process.id, from: 0 }, call())) {
    said += Buffer.from(data).toString("utf8");
  }
  const { code } = await exec.wait({ process: process.id }, call());
  return code === 0 ? said : `ended with ${code}`;
}

/** What the environment has of volumes. */
async function kept(rig: Rig): Promise<readonly string[]> {
  using use = rig.registry.slots.use("fake-machine");
  const call = newCall({ principal: "test", timeoutMs: 5_000 });
  return Array.fromAsync(use.environment.listVolumes(call));
}

test("what one machine wrote another reads; records and events say who has the volume", async () => {
  await using rig = await openRig();
  const made = await rig.volumes.create(request);
  expect(made).toMatchObject({ name: "kept", node: "node-1", slot: "fake-machine", holders: [] });
  const first = await running(rig, { volumes: writing });
  expect(await rig.volumes.get(project, "kept")).toMatchObject({
    holders: [{ machine: first.id, isReadOnly: false }],
  });
  await run(rig, first.id, steps({ do: "write", path: "/data/file", text: "text" }));
  await gone(rig, first.id);
  expect((await rig.volumes.get(project, "kept")).holders).toEqual([]);
  const next = await running(rig, { volumes: [{ name: "kept", path: "/else" }] });
  expect(await run(rig, next.id, steps({ do: "read", path: "/else/file" }))).toBe("text");
});

test("one machine writes or several read: who asks for more hears who has it, and nothing is stored", async () => {
  await using rig = await openRig();
  await rig.volumes.create(request);
  const writer = await running(rig, { volumes: writing });
  for (const volumes of [writing, reading]) {
    expect(await faultOf(rig.machines.create({ project, volumes }))).toMatchObject({
      code: "resource.busy",
      detail: { type: "volume", id: "kept", by: writer.id },
    });
  }
  // Also while it stands still: nothing of it may change behind its back.
  await rig.machines.stop(project, writer.id);
  expect((await settle(rig, writer.id)).observed.state).toBe("stopped");
  expect(await faultOf(rig.machines.create({ project, volumes: writing }))).toMatchObject({
    code: "resource.busy",
  });
  await gone(rig, writer.id);
  const readers = [
    await running(rig, { volumes: reading }),
    await running(rig, { volumes: reading }),
  ];
  expect(await faultOf(rig.machines.create({ project, volumes: writing }))).toMatchObject({
    code: "resource.busy",
  });
  const write = steps({ do: "write", path: "/data/file", text: "text" });
  expect(await run(rig, readers[0]?.id ?? "", write)).toBe("ended with 1");
  expect((await rig.machines.list({ project })).machines).toHaveLength(2);
});

test("of writers that come at the same time one has the volume", async () => {
  await using rig = await openRig();
  await rig.volumes.create(request);
  const asked = Array.from({ length: 6 }, () => rig.machines.create({ project, volumes: writing }));
  const all = await Promise.allSettled(asked);
  const won = all.filter(({ status }) => status === "fulfilled");
  expect(won).toHaveLength(1);
  expect((await rig.machines.list({ project })).machines).toHaveLength(1);
});

test("a volume that a machine has is not deleted; a deleted one is erased, and its name is free", async () => {
  await using rig = await openRig();
  await rig.volumes.create(request);
  const { id } = await running(rig, { volumes: writing });
  await run(rig, id, steps({ do: "write", path: "/data/file", text: "text" }));
  expect(await faultOf(rig.volumes.delete(project, "kept"))).toMatchObject({
    code: "resource.busy",
    detail: { type: "volume", id: "kept", by: id },
  });
  expect(await kept(rig)).toHaveLength(1);
  await gone(rig, id);
  await rig.volumes.delete(project, "kept");
  expect(await kept(rig)).toEqual([]);
  expect(await faultOf(rig.volumes.get(project, "kept"))).toMatchObject({
    code: "resource.missing",
  });
  await rig.volumes.create(request);
  const next = await running(rig, { volumes: writing });
  expect(await run(rig, next.id, steps({ do: "read", path: "/data/file" }))).toBe("ended with 1");
});

test("a crash between deleting a record and erasing leaves nothing once a node is there again", async () => {
  const first = await openRig();
  await first.volumes.create(request);
  const { id } = await running(first, { volumes: writing });
  await gone(first, id);
  expect(await kept(first)).toHaveLength(1);
  await first.crash();
  // The record goes while no node is there to erase what it stands for.
  await new VolumeStore(first.modules).delete(project, "kept");
  expect(await kept(first)).toHaveLength(1);
  await using again = await openRig({ earlier: first });
  await eventually("it is erased", async () => (await kept(again)).length === 0);
});

test("a crash while a machine has a volume changes nothing: it has it, and what it wrote is there", async () => {
  const first = await openRig();
  await first.volumes.create(request);
  const { id } = await running(first, { volumes: writing });
  await run(first, id, steps({ do: "write", path: "/data/file", text: "text" }));
  await first.crash();
  await using again = await openRig({ earlier: first });
  expect(await run(again, id, steps({ do: "read", path: "/data/file" }))).toBe("text");
  expect(await faultOf(again.machines.create({ project, volumes: writing }))).toMatchObject({
    code: "resource.busy",
  });
  await gone(again, id);
  const next = await running(again, { volumes: writing });
  expect(await run(again, next.id, steps({ do: "read", path: "/data/file" }))).toBe("text");
});

test("an idempotency key makes one volume, and quotas bound how many there are and how large", async () => {
  await using rig = await openRig();
  const keyed = { ...request, idempotencyKey: "k" };
  const [one, same] = await Promise.all([rig.volumes.create(keyed), rig.volumes.create(keyed)]);
  expect(same.id).toBe(one.id);
  expect(await faultOf(rig.volumes.create({ ...keyed, bytes: 32 * mib }))).toMatchObject({
    code: "idempotency.mismatch",
  });
  expect(await faultOf(rig.volumes.create(request))).toMatchObject({ code: "resource.exists" });
  const large = { ...request, name: "large", bytes: 1020 * mib };
  expect(await faultOf(rig.volumes.create(large))).toMatchObject({
    code: "quota.exceeded",
    detail: { meter: "volumeMiB", limit: 1024, asked: 1036 },
  });
  for (const name of ["b", "c", "d"]) await rig.volumes.create({ ...request, name });
  expect(await faultOf(rig.volumes.create({ ...request, name: "e" }))).toMatchObject({
    code: "quota.exceeded",
    detail: { meter: "volumes", limit: 4, asked: 5 },
  });
  await rig.volumes.delete(project, "d");
  await rig.volumes.create({ ...request, name: "e" });
  const { volumes } = await rig.volumes.list({ project });
  expect(volumes.map(({ name }) => name)).toEqual(["b", "c", "e", "kept"]);
});

test("volumes that cannot be are refused, and nothing is stored", async () => {
  await using rig = await openRig();
  for (const odd of [{ name: "No" }, { name: "" }, { bytes: 1 }, { bytes: 2 ** 50 }]) {
    expect(await faultOf(rig.volumes.create({ ...request, ...odd }))).toMatchObject({
      code: "argument.invalid",
    });
  }
  expect(await faultOf(rig.volumes.create({ ...request, slot: "none" }))).toMatchObject({
    code: "resource.missing",
    detail: { type: "slot" },
  });
  await rig.volumes.create(request);
  const wrong = [
    [[{ name: "none", path: "/data" }], "resource.missing"],
    [[{ name: "kept", path: "data" }], "argument.invalid"],
    [[{ name: "kept", path: "/etc/x" }], "argument.invalid"],
    [[...writing, { name: "kept", path: "/twice" }], "argument.invalid"],
  ] as const;
  for (const [volumes, code] of wrong) {
    expect(await faultOf(rig.machines.create({ project, volumes }))).toMatchObject({ code });
  }
  // Of another project it is not even there.
  expect(await faultOf(rig.machines.create({ project: "q", volumes: writing }))).toMatchObject({
    code: "resource.missing",
  });
  expect((await rig.volumes.get(project, "kept")).holders).toEqual([]);
  expect((await rig.machines.list({ project })).machines).toEqual([]);
});

test("an environment that declares no volumes is asked for none", async () => {
  await using rig = await openRig({ fake: { hasVolumes: false } });
  const undeclared = { code: "capability.undeclared", detail: { facet: "exec.volumes" } };
  expect(await faultOf(rig.volumes.create(request))).toMatchObject(undeclared);
  expect(await faultOf(rig.machines.create({ project, volumes: writing }))).toMatchObject(
    undeclared,
  );
  expect((await running(rig, {})).volumes).toBeUndefined();
});

test("a machine goes where its volumes are, also when it starts again, and stays while that node drains", async () => {
  await using cluster = await openCluster([{}, {}, { labels: { disk: "large" } }]);
  const { machines, volumes, directory } = cluster;
  const nodeLabels = { disk: "large" };
  expect(await volumes.create({ ...request, nodeLabels })).toMatchObject({ node: "node-3" });
  const nowhere = { ...request, name: "nowhere", nodeLabels: { disk: "none" } };
  expect(await faultOf(volumes.create(nowhere))).toMatchObject({
    code: "resource.missing",
    detail: { type: "node", id: "disk=none" },
  });
  await volumes.create({ ...request, name: "other" });
  const wait = (id: string) =>
    machines.wait({ project, id }, { signal: AbortSignal.timeout(10_000) });
  const { id } = await machines.create({ project, volumes: writing });
  expect(await wait(id)).toMatchObject({ node: "node-3", observed: { state: "running" } });
  const both = [...writing, { name: "other", path: "/other" }];
  await machines.delete(project, id);
  await wait(id);
  expect(await faultOf(machines.create({ project, volumes: both }))).toMatchObject({
    code: "argument.invalid",
    detail: { path: "/volumes/1/name" },
  });
  const again = await machines.create({ project, volumes: writing });
  await wait(again.id);
  const free = await machines.create({ project, nodeLabels });
  await wait(free.id);
  await directory.drain("node-3", { moves: true });
  await eventually("the other one has left", async () => {
    return (await machines.get(project, free.id)).node === undefined;
  });
  expect(await machines.get(project, again.id)).toMatchObject({
    node: "node-3",
    observed: { state: "running" },
  });
  await machines.stop(project, again.id);
  expect(await wait(again.id)).toMatchObject({ observed: { state: "stopped" } });
  await machines.resume(project, again.id);
  await eventually("it says what it waits for", async () => {
    const { waitsBecause } = await machines.get(project, again.id);
    return waitsBecause === "its volumes are on node/node-3, which takes no machines";
  });
  await directory.undrain("node-3");
  expect(await wait(again.id)).toMatchObject({ node: "node-3", observed: { state: "running" } });
});

test("a machine whose volumes are on a lost node fails and says so, and can be resumed when it is back", async () => {
  await using cluster = await openCluster([{ labels: { is: "home" } }, {}]);
  const { machines, volumes, directory, hosts } = cluster;
  await volumes.create({ ...request, nodeLabels: { is: "home" } });
  const wait = (id: string) =>
    machines.wait({ project, id }, { signal: AbortSignal.timeout(20_000) });
  const restart = { when: "on-failure" } as const;
  const { id } = await machines.create({ project, volumes: writing, restart });
  expect(await wait(id)).toMatchObject({ observed: { state: "running" } });
  await hosts[0]?.crash();
  const reason = "node/node-1, which has volume/kept, is lost";
  await eventually(
    "it has failed",
    async () => (await machines.get(project, id)).observed.state === "failed",
    { timeoutMs: 20_000 },
  );
  expect((await machines.get(project, id)).observed).toMatchObject({
    fault: { code: "environment.unhealthy", detail: { reason } },
  });
  await hosts[0]?.start();
  await eventually("it is back", async () => (await directory.get("node-1")).state === "ready");
  await machines.resume(project, id);
  expect(await wait(id)).toMatchObject({ node: "node-1", observed: { state: "running" } });
}, 60_000);

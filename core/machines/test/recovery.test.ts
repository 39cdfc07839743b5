import { eventually } from "@bedplate/testkit";
import { expect, test } from "vitest";
import { instancesOf, openRig, settle, steps } from "./rig.ts";

const signal = () => AbortSignal.timeout(5_000);

test("after a crash the same instances go on, and their processes with them", async () => {
  const first = await openRig();
  const { id } = await first.machines.create({ project: "p" });
  const access = await first.machines.reach({ project: "p", id, signal: signal() });
  const { id: process } = await access
    .facet("exec")
    .start({ argv: steps({ do: "tick", ms: 2 }) }, access.call({ timeoutMs: 1_000 }));
  const before = (await first.machines.get("p", id)).instance?.handle;
  await first.crash();

  await using second = await openRig({ earlier: first });
  const again = await second.machines.reach({ project: "p", id, signal: signal() });
  expect(again.machine.instance?.handle).toEqual(before);
  const listed = await again.facet("exec").list(again.call({ timeoutMs: 1_000 }));
  expect(listed.map((each) => [each.id, each.exit])).toEqual([[process, undefined]]);
});

test("what was wanted while nobody was there is done after the restart", async () => {
  const first = await openRig();
  const made = await Promise.all([1, 2, 3].map(() => first.machines.create({ project: "p" })));
  await Promise.all(made.map(({ id }) => settle(first, id)));
  await first.crash();
  const [paused, deleted, kept] = made.map(({ id }) => id);
  await first.machines.pause("p", paused ?? "");
  await first.machines.delete("p", deleted ?? "");

  await using second = await openRig({ earlier: first });
  await eventually("every wish is fulfilled", async () => {
    const states = await Promise.all(
      made.map(async ({ id }) => (await second.machines.get("p", id)).observed.state),
    );
    return states.join() === "paused,deleted,running";
  });
  expect((await instancesOf(second)).map((key) => key.split(".")[0]).toSorted()).toEqual(
    [paused, kept].toSorted(),
  );
});

test("an instance that no record names is removed, one that was just made is taken up", async () => {
  const first = await openRig();
  const { id } = await first.machines.create({ project: "p" });
  await settle(first, id);
  await first.crash();
  // The crash came between making the instance and writing that down.
  await first.modules.store.change({ project: "p", id }, ({ instance: _none, ...machine }) => ({
    machine: { ...machine, observed: { ...machine.observed, state: "starting" } },
  }));
  using use = first.registry.slots.use("fake-machine");
  const { artifact } = await first.machines.get("p", id);
  const spec = { artifact, config: {}, caps: {}, labels: {} };
  const call = { principal: "machines", trace: "", deadlineAt: Date.now() + 5_000 };
  for (const key of ["mstranger.1", `${id}.7`]) {
    await use.environment.create(spec, { ...call, key, signal: signal() });
  }
  const before = await instancesOf(first);
  expect(before).toHaveLength(3);

  await using second = await openRig({ earlier: first });
  await settle(second, id);
  expect(await instancesOf(second)).toEqual([`${id}.1`]);
  expect((await second.machines.get("p", id)).attempt).toBe(1);
});

test("a machine that was given to another node is ended by the first", async () => {
  await using rig = await openRig();
  const { id } = await rig.machines.create({ project: "p" });
  await settle(rig, id);
  await rig.modules.store.change({ project: "p", id }, (machine) => ({
    machine: { ...machine, node: "node-2", epoch: machine.epoch + 1 },
  }));
  // Its next word is refused.
  await rig.machines.pause("p", id);
  await eventually("it is gone", async () => (await instancesOf(rig)).length === 0);
  expect((await rig.machines.get("p", id)).observed.state).toBe("running");
});

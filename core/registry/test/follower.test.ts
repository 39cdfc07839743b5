import { expect, test } from "vitest";
import { defaultPolicy } from "../src/index.ts";
import { fakeBundle, openRig } from "./rig.ts";

const actor = "test";
const v1 = { name: "fake", version: "1.0.0" };
const v2 = { name: "fake", version: "2.0.0" };

/** Two replicas of one registry, both with both releases, bound to the first. */
async function openReplicas() {
  const one = await openRig();
  const two = await openRig({ state: one.state });
  for (const { registry } of [one, two]) {
    await registry.releases.register(fakeBundle(), { actor });
    await registry.releases.register(fakeBundle({ version: "2.0.0" }), { actor });
    await registry.slots.bind("fake", v1, { actor });
    registry.start();
  }
  return {
    one,
    two,
    [Symbol.asyncDispose]: async () => {
      await two.registry[Symbol.asyncDispose]();
      await one[Symbol.asyncDispose]();
    },
  };
}

test("a swap on one replica is followed on the other, and its old mount goes", async () => {
  await using replicas = await openReplicas();
  const { one, two } = replicas;
  const using = two.registry.slots.use("fake");
  await one.registry.slots.swap("fake", v2, { actor, drainMs: 1_000 });
  const current = () => two.registry.slots.current("fake").release.version;
  await expect.poll(current).toBe("2.0.0");
  expect(one.registry.slots.current("fake").release.version).toBe("2.0.0");
  expect(two.mounts.size).toBe(2);
  using[Symbol.dispose]();
  await expect.poll(() => two.mounts.size).toBe(1);
  await expect.poll(() => one.mounts.size).toBe(1);
});

test("a policy that one replica sets is read anew on the other", async () => {
  await using replicas = await openReplicas();
  const { one, two } = replicas;
  expect(await two.registry.policies.get("fake")).toEqual(defaultPolicy);
  const policy = { ...defaultPolicy, ceiling: { fuel: 7 } };
  await one.registry.policies.set("fake", { policy, actor });
  await expect.poll(() => two.registry.policies.get("fake")).toEqual(policy);
});

test("what was changed before a replica began to follow counts too", async () => {
  await using one = await openRig();
  const two = await openRig({ state: one.state });
  await using _two = two.registry;
  for (const { registry } of [one, two]) {
    await registry.releases.register(fakeBundle(), { actor });
    await registry.releases.register(fakeBundle({ version: "2.0.0" }), { actor });
    await registry.slots.bind("fake", v1, { actor });
  }
  await one.registry.slots.swap("fake", v2, { actor, drainMs: 1_000 });
  expect(two.registry.slots.current("fake").release.version).toBe("1.0.0");
  two.registry.start();
  const current = () => two.registry.slots.current("fake").release.version;
  await expect.poll(current).toBe("2.0.0");
});

test("a release that is not registered here leaves the slot as it is", async () => {
  await using one = await openRig();
  const two = await openRig({ state: one.state });
  await using _two = two.registry;
  await one.registry.releases.register(fakeBundle(), { actor });
  await one.registry.slots.bind("fake", v1, { actor });
  await two.registry.releases.register(fakeBundle(), { actor });
  await two.registry.slots.bind("fake", v1, { actor });
  two.registry.start();
  await one.registry.releases.register(fakeBundle({ version: "2.0.0" }), { actor });
  await one.registry.slots.swap("fake", v2, { actor, drainMs: 1_000 });
  const policy = { ...defaultPolicy, ceiling: { fuel: 7 } };
  await one.registry.policies.set("fake", { policy, actor });
  await expect.poll(() => two.registry.policies.get("fake")).toEqual(policy);
  expect(two.registry.slots.current("fake").release.version).toBe("1.0.0");
});

test("replicas that begin at once on an empty registry all have the slot", async () => {
  await using one = await openRig();
  await using two = await openRig({ state: one.state });
  await using three = await openRig({ state: one.state });
  const begin = async ({ registry }: typeof one) => {
    await registry.releases.register(fakeBundle(), { actor });
    await registry.slots.bind("fake", v1, { actor });
  };
  const rigs = [one, two, three];
  await Promise.all(rigs.map(begin));
  for (const { registry, mounts } of rigs) {
    expect(registry.slots.current("fake").release.version).toBe("1.0.0");
    expect(mounts.size).toBe(1);
  }
  expect(await one.registry.slots.binding("fake")).toMatchObject({ generation: 1 });
});

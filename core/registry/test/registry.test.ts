import { generateKeyPairSync, sign } from "node:crypto";
import { digestBytes } from "@bedplate/codec";
import { faultOf } from "@bedplate/testkit";
import { expect, test } from "vitest";
import { defaultPolicy } from "../src/index.ts";
import { build, fakeBundle, openRig } from "./rig.ts";

const actor = "test";
const v1 = { name: "fake", version: "1.0.0" };
const v2 = { name: "fake", version: "2.0.0" };

test("register() again with the same build changes nothing, with another build is refused", async () => {
  await using rig = await openRig();
  const { releases, journal } = rig.registry;
  await releases.register(fakeBundle(), { actor });
  await releases.register(fakeBundle(), { actor });
  expect(await releases.list()).toHaveLength(1);
  expect((await journal.list({})).events.map((each) => each.action)).toEqual([
    "release-registered",
  ]);
  const other = fakeBundle({ manifest: { plugin: { name: "fake", version: "1.0.0", build } } });
  expect(await faultOf(releases.register(other, { actor }))).toMatchObject({
    code: "digest.mismatch",
    effect: "none",
  });
  expect(await releases.list()).toHaveLength(1);
});

test("register() refuses bytes that are not the build", async () => {
  await using rig = await openRig();
  const bundle = { ...fakeBundle(), bytes: Buffer.from("other") };
  expect(await faultOf(rig.registry.releases.register(bundle, { actor }))).toMatchObject({
    code: "digest.mismatch",
  });
  expect(await rig.registry.releases.list()).toEqual([]);
});

test("register() wants a trusted signature where keys are trusted", async () => {
  const { publicKey, privateKey } = generateKeyPairSync("ed25519");
  const pem = publicKey.export({ type: "spki", format: "pem" }) as string;
  await using rig = await openRig({ trustedKeys: { k1: pem } });
  const { releases } = rig.registry;
  expect(await faultOf(releases.register(fakeBundle(), { actor }))).toMatchObject({
    code: "signature.invalid",
  });
  const digest = digestBytes(Buffer.from("the build"));
  const value = sign(null, Buffer.from(digest), privateKey).toString("base64");
  const provenance = {
    source: { repository: "r", commit: "c" },
    builder: "b",
    materials: [],
    signatures: [{ keyId: "k1", value }],
  };
  const plugin = { name: "fake", version: "1.0.0", build: digest };
  await releases.register(fakeBundle({ manifest: { plugin, provenance } }), { actor });
  const forged = { ...provenance, signatures: [{ keyId: "k1", value: value.replace(/^./, "A") }] };
  const next = { ...plugin, version: "1.0.1" };
  const bad = fakeBundle({ manifest: { plugin: next, provenance: forged } });
  expect(await faultOf(releases.register(bad, { actor }))).toMatchObject({
    code: "signature.invalid",
  });
});

test("register() refuses a missing dependency and a cycle, and lets an absent optional one pass", async () => {
  await using rig = await openRig();
  const { releases } = rig.registry;
  const needs = (name: string, other: string, isOptional: boolean) =>
    fakeBundle({ name, manifest: { dependsOn: [{ name: other, range: "^1.0.0", isOptional }] } });
  expect(await faultOf(releases.register(needs("a", "b", false), { actor }))).toMatchObject({
    code: "dependency.missing",
    detail: { name: "b", range: "^1.0.0" },
  });
  await releases.register(needs("a", "b", true), { actor });
  expect(await faultOf(releases.register(needs("b", "a", false), { actor }))).toMatchObject({
    code: "dependency.cycle",
    detail: { path: ["b", "a", "b"] },
  });
});

test("register() refuses a permission that is not granted", async () => {
  await using rig = await openRig();
  const bundle = fakeBundle({ manifest: { wants: ["egress:example.org"] } });
  const refused = rig.registry.releases.register({ ...bundle, grants: ["blob:read"] }, { actor });
  expect(await faultOf(refused)).toMatchObject({
    code: "permission.denied",
    detail: { permission: "egress:example.org" },
  });
});

test("register() refuses versions that this host does not speak", async () => {
  await using rig = await openRig();
  const speaks = [{ name: "environment", versions: [{ major: 9, minor: 0, surface: build }] }];
  const refused = rig.registry.releases.register(fakeBundle({ manifest: { speaks } }), { actor });
  expect(await faultOf(refused)).toMatchObject({
    code: "contract.incompatible",
    detail: { upgrade: "host" },
  });
});

test("register() refuses a declared capability that no conformance case examines", async () => {
  await using rig = await openRig();
  const { plugin, grants } = fakeBundle();
  const declares = { ...plugin.manifest.declares, serve: { protocols: ["udp"] as const } };
  const bold = { ...plugin, manifest: { ...plugin.manifest, declares } };
  expect(
    await faultOf(rig.registry.releases.register({ plugin: bold, grants }, { actor })),
  ).toMatchObject({
    code: "capability.unproven",
    detail: { facet: "serve.protocols: udp" },
  });
});

test("a failing register or bind hook refuses and leaves no change", async () => {
  await using rig = await openRig();
  const { releases, slots } = rig.registry;
  const onRegister = async () => {
    throw new Error("no");
  };
  await expect(
    releases.register(fakeBundle({ hooks: { onRegister } }), { actor }),
  ).rejects.toThrow();
  expect(await releases.list()).toEqual([]);
  await releases.register(fakeBundle({ hooks: { onBind: onRegister } }), { actor });
  await expect(slots.bind("fake", v1, { actor })).rejects.toThrow();
  expect(await slots.binding("fake")).toBeNull();
  expect(rig.mounts.size).toBe(0);
});

test("bind() twice binds once; to another release it is refused", async () => {
  await using rig = await openRig();
  const { releases, slots } = rig.registry;
  await releases.register(fakeBundle(), { actor });
  await releases.register(fakeBundle({ version: "2.0.0" }), { actor });
  await slots.bind("fake", v1, { actor });
  expect(await slots.bind("fake", v1, { actor })).toMatchObject({ generation: 1 });
  expect(rig.mounts.size).toBe(1);
  expect(await faultOf(slots.bind("fake", v2, { actor }))).toMatchObject({
    code: "resource.exists",
  });
});

test("swap() sends new work to the new release and closes the old one when its work is over", async () => {
  await using rig = await openRig();
  const { releases, slots } = rig.registry;
  await releases.register(fakeBundle(), { actor });
  await releases.register(fakeBundle({ version: "2.0.0" }), { actor });
  await slots.bind("fake", v1, { actor });
  const old = slots.use("fake");
  expect(await slots.swap("fake", v2, { actor, drainMs: 5_000 })).toMatchObject({ generation: 2 });
  using fresh = slots.use("fake");
  expect(fresh.release.version).toBe("2.0.0");
  expect(old.environment.manifest.plugin.version).toBe("1.0.0");
  expect(rig.mounts.size).toBe(2);
  old[Symbol.dispose]();
  await expect.poll(() => rig.mounts.size).toBe(1);
  await expect
    .poll(async () => (await rig.registry.journal.list({})).events.at(-1)?.action)
    .toBe("slot-drained");
});

test("swap() forces what does not end within the drain time", async () => {
  await using rig = await openRig();
  const { releases, slots, journal } = rig.registry;
  await releases.register(fakeBundle(), { actor });
  await releases.register(fakeBundle({ version: "2.0.0" }), { actor });
  await slots.bind("fake", v1, { actor });
  using _stuck = slots.use("fake");
  await slots.swap("fake", v2, { actor, drainMs: 20 });
  await expect.poll(() => rig.mounts.size).toBe(1);
  await expect
    .poll(async () => (await journal.list({})).events.at(-1)?.action)
    .toBe("slot-drain-forced");
});

test("of two swaps at once one wins, and the loser's mount is closed", async () => {
  await using rig = await openRig();
  const { releases, slots } = rig.registry;
  for (const version of ["1.0.0", "2.0.0", "3.0.0"]) {
    await releases.register(fakeBundle({ version }), { actor });
  }
  await slots.bind("fake", v1, { actor });
  const options = { actor, drainMs: 1_000 };
  const results = await Promise.allSettled([
    slots.swap("fake", v2, options),
    slots.swap("fake", { name: "fake", version: "3.0.0" }, options),
  ]);
  const lost = results.filter((each) => each.status === "rejected");
  expect(lost).toHaveLength(1);
  expect(lost[0]?.reason).toMatchObject({ fault: { code: "version.mismatch", effect: "none" } });
  expect((await slots.binding("fake"))?.generation).toBe(2);
  await expect.poll(() => rig.mounts.size).toBe(1);
});

test("retire() refuses what is bound or in use, and stops it when asked to", async () => {
  await using rig = await openRig();
  const { registry } = rig;
  await registry.releases.register(fakeBundle(), { actor });
  await registry.releases.register(fakeBundle({ version: "2.0.0" }), { actor });
  await registry.slots.bind("fake", v1, { actor });
  const refuse = { actor, drainMs: 1_000, orphans: "refuse" } as const;
  expect(await faultOf(registry.retire(v1, refuse))).toMatchObject({ code: "resource.busy" });
  const use = registry.slots.use("fake");
  await registry.slots.swap("fake", v2, { actor, drainMs: 60_000 });
  expect(await faultOf(registry.retire(v1, refuse))).toMatchObject({ code: "resource.busy" });
  await registry.retire(v1, { ...refuse, orphans: "stop" });
  expect(rig.mounts.size).toBe(1);
  use[Symbol.dispose]();
  expect((await registry.releases.list()).map((each) => each.phase)).toEqual([
    "retired",
    "registered",
  ]);
  expect(await faultOf(registry.releases.register(fakeBundle(), { actor }))).toMatchObject({
    code: "resource.exists",
  });
});

test("a policy that demands more isolation than a release has refuses to bind it", async () => {
  await using rig = await openRig();
  const { releases, slots, policies } = rig.registry;
  await releases.register(fakeBundle(), { actor });
  await policies.set("fake", { policy: { ...defaultPolicy, isolation: "hypervisor" }, actor });
  expect(await faultOf(slots.bind("fake", v1, { actor }))).toMatchObject({
    code: "capability.unproven",
    detail: { facet: "isolation", needs: "hypervisor" },
  });
  expect(rig.mounts.size).toBe(0);
});

test("bindings survive a restart: a new registry on the same state binds to the same release", async () => {
  await using first = await openRig();
  await first.registry.releases.register(fakeBundle(), { actor });
  await first.registry.slots.bind("fake", v1, { actor });
  const second = await openRig({ state: first.state });
  await second.registry.releases.register(fakeBundle(), { actor });
  expect(await second.registry.slots.bind("fake", v1, { actor })).toMatchObject({ generation: 1 });
  await second.registry[Symbol.asyncDispose]();
});

test("the journal keeps the order of transitions of one instant", async () => {
  await using rig = await openRig();
  const { journal } = rig.registry;
  const subjects = Array.from({ length: 20 }, (_, index) => `slot/s${index}`);
  for (const subject of subjects) await journal.note("slot-bound", { actor: "a", subject });
  const { events } = await journal.list({});
  expect(events.map((each) => each.subject)).toEqual(subjects);
});

import { newCall } from "@bedplate/environment";
import type { FaultError } from "@bedplate/errors";
import { eventually, faultOf } from "@bedplate/testkit";
import { expect, test } from "vitest";
import { instancesOf, openRig, type Rig, settle, steps } from "./rig.ts";

const signal = () => AbortSignal.timeout(5_000);

async function say(rig: Rig, id: string, text: string): Promise<string> {
  const access = await rig.machines.reach({ project: "p", id, signal: signal() });
  const exec = access.facet("exec");
  const argv = steps({ do: "print", text });
  const process = await exec.start({ argv }, access.call({ timeoutMs: 1_000 }));
  let said = "";
  const output = exec.output({ process: process.id, from: 0 }, access.call({ timeoutMs: 1_000 }));
  for await (const { data } of output) said += Buffer.from(data).toString();
  return said;
}

test("create() answers at once, and the machine runs and does what it is told", async () => {
  await using rig = await openRig();
  const created = await rig.machines.create({ project: "p", labels: { of: "test" } });
  expect(created.observed.state).toBe("scheduled");
  expect(created.id).toMatch(/^[a-z0-9]{26}$/);
  expect(await say(rig, created.id, "hello")).toBe("hello");
  const { machines } = await rig.machines.list({ project: "p", labels: { of: "test" } });
  expect(machines.map(({ id, observed }) => [id, observed.state])).toEqual([
    [created.id, "running"],
  ]);
  expect((await rig.machines.list({ project: "q" })).machines).toEqual([]);
});

test("a repeated create() with one key is one machine, with another request it is refused", async () => {
  await using rig = await openRig();
  const request = { project: "p", idempotencyKey: "k", labels: { a: "1" } };
  const both = await Promise.all([rig.machines.create(request), rig.machines.create(request)]);
  expect(both[0]?.id).toBe(both[1]?.id);
  const other = rig.machines.create({ ...request, labels: { a: "2" } });
  expect((await faultOf(other)).code).toBe("idempotency.mismatch");
  expect((await rig.machines.list({ project: "p" })).machines).toHaveLength(1);
});

test("a machine pauses, goes on with what ran in it, and is deleted without a rest", async () => {
  await using rig = await openRig();
  const { id } = await rig.machines.create({ project: "p" });
  const access = await rig.machines.reach({ project: "p", id, signal: signal() });
  const exec = access.facet("exec");
  const { id: process } = await exec.start(
    { argv: steps({ do: "tick", ms: 5 }) },
    access.call({ timeoutMs: 1_000 }),
  );
  await rig.machines.pause("p", id);
  expect((await settle(rig, id)).observed.state).toBe("paused");
  const refused = rig.machines.reach({ project: "p", id, signal: signal() });
  expect((await faultOf(refused)).code).toBe("phase.illegal");
  const again = await rig.machines.reach({ project: "p", id, signal: signal(), isWoken: true });
  const listed = await again.facet("exec").list(again.call({ timeoutMs: 1_000 }));
  expect(listed.find((each) => each.id === process)?.exit).toBeUndefined();
  await rig.machines.delete("p", id);
  expect((await settle(rig, id)).observed.state).toBe("deleted");
  expect(await instancesOf(rig)).toEqual([]);
  expect((await rig.machines.get("p", id)).observed.state).toBe("deleted");
  expect((await rig.machines.list({ project: "p" })).machines).toEqual([]);
});

test("a stopped machine keeps its disk, and starts from it", async () => {
  await using rig = await openRig();
  const { id } = await rig.machines.create({ project: "p" });
  const first = await rig.machines.reach({ project: "p", id, signal: signal() });
  const body = new Blob(["kept"]).stream() as ReadableStream<Uint8Array>;
  await first.facet("files").write({ path: "/tmp/note", body }, first.call({ timeoutMs: 1_000 }));
  await rig.machines.stop("p", id);
  expect((await settle(rig, id)).observed.state).toBe("stopped");
  expect(await instancesOf(rig)).toEqual([]);
  await rig.machines.resume("p", id);
  const second = await rig.machines.reach({ project: "p", id, signal: signal() });
  const read = second.facet("files").read({ path: "/tmp/note" }, second.call({ timeoutMs: 1_000 }));
  expect(await new Response(await read).text()).toBe("kept");
});

test("forks begin as their source is, and go their own ways", async () => {
  await using rig = await openRig();
  const { id } = await rig.machines.create({ project: "p", env: { COLOUR: "red" } });
  const first = await rig.machines.reach({ project: "p", id, signal: signal() });
  const body = new Blob(["shared"]).stream() as ReadableStream<Uint8Array>;
  await first.facet("files").write({ path: "/tmp/note", body }, first.call({ timeoutMs: 1_000 }));
  const forks = await rig.machines.fork({ project: "p", id, count: 2 });
  for (const fork of forks) {
    const access = await rig.machines.reach({ project: "p", id: fork.id, signal: signal() });
    const call = access.call({ timeoutMs: 1_000 });
    const read = await access.facet("files").read({ path: "/tmp/note" }, call);
    expect(await new Response(read).text()).toBe("shared");
    expect(fork.env).toEqual({ COLOUR: "red" });
  }
  expect((await rig.machines.snapshots.list({ project: "p" })).snapshots).toEqual([]);
});

test("forks that find no room leave none of them, and no snapshot", async () => {
  await using rig = await openRig({ machinesMax: 3 });
  const { id } = await rig.machines.create({ project: "p" });
  await rig.machines.reach({ project: "p", id, signal: signal() });
  const forking = rig.machines.fork({ project: "p", id, count: 4 });
  await expect(forking).rejects.toMatchObject({ fault: { code: "quota.exceeded" } });
  const left = async () =>
    (await rig.machines.list({ project: "p" })).machines.map((each) => each.id);
  await expect.poll(left).toEqual([id]);
  expect((await rig.machines.snapshots.list({ project: "p" })).snapshots).toEqual([]);
});

test("a machine whose time is over is paused or deleted as it was asked for", async () => {
  await using rig = await openRig();
  const kept = await rig.machines.create({ project: "p", ttlMs: 200, onExpiry: "pause" });
  const gone = await rig.machines.create({ project: "p", ttlMs: 200 });
  await eventually("both are over", async () => {
    const states = await Promise.all(
      [kept, gone].map(async ({ id }) => (await rig.machines.get("p", id)).observed.state),
    );
    return states.join() === "paused,deleted";
  });
  const woken = await rig.machines.resume("p", kept.id, { ttlMs: 60_000 });
  expect(woken.lifetime.expiresAt).toBeGreaterThan(Date.now() + 50_000);
});

test("a lifetime that may only grow does not shrink", async () => {
  await using rig = await openRig();
  const { id, lifetime } = await rig.machines.create({ project: "p", ttlMs: 60_000 });
  const same = await rig.machines.setLifetime({ project: "p", id, ttlMs: 10, isOnlyLater: true });
  expect(same.lifetime).toEqual(lifetime);
  const ever = await rig.machines.setLifetime({ project: "p", id, ttlMs: null });
  expect(ever.lifetime.expiresAt).toBeUndefined();
});

test("no project has more machines than its quota, and deleting makes room", async () => {
  await using rig = await openRig({ machinesMax: 3 });
  const tries = await Promise.allSettled(
    Array.from({ length: 6 }, () => rig.machines.create({ project: "p" })),
  );
  const made = tries.flatMap((each) => (each.status === "fulfilled" ? [each.value.id] : []));
  expect(made).toHaveLength(3);
  const refused = tries.find((each) => each.status === "rejected");
  const { reason } = refused ?? {};
  expect((reason as FaultError).fault.code).toBe("quota.exceeded");
  await rig.machines.delete("p", made[0] ?? "");
  await settle(rig, made[0] ?? "");
  await rig.machines.create({ project: "p" });
});

test("an image that is none is refused before anything is stored", async () => {
  await using rig = await openRig();
  const artifact = new Uint8Array(Buffer.from("no image"));
  const { code, detail } = await faultOf(rig.machines.create({ project: "p", artifact }));
  expect([code, detail["path"]]).toEqual(["argument.invalid", "/artifact"]);
  expect((await rig.machines.list({ project: "p" })).machines).toEqual([]);
});

test("events tell a machine's life in order", async () => {
  await using rig = await openRig();
  const { id } = await rig.machines.create({ project: "p" });
  await settle(rig, id);
  await rig.machines.delete("p", id);
  await settle(rig, id);
  const kinds: string[] = [];
  const filter = { project: "p", machine: id, isFollowed: false, signal: signal() };
  for await (const { kind } of rig.machines.events(filter)) kinds.push(kind);
  expect(kinds.filter((each) => !/ing$/.test(each) || each === "running")).toEqual([
    ...["created", "scheduled", "running", "delete-asked", "deleted"],
  ]);
});

test("a machine that ends by itself fails, or is started again where that is wanted", async () => {
  await using rig = await openRig();
  const plain = await rig.machines.create({ project: "p" });
  const eager = await rig.machines.create({ project: "p", restart: { when: "on-failure" } });
  await Promise.all([settle(rig, plain.id), settle(rig, eager.id)]);
  using use = rig.registry.slots.use("fake-machine");
  for (const { id } of [plain, eager]) {
    const { instance } = await rig.machines.get("p", id);
    const handle = { ...instance?.handle, state: new Uint8Array() } as never;
    const spec = { artifact: plain.artifact, config: {}, caps: {}, labels: {} };
    const call = newCall({ principal: "test", timeoutMs: 1_000, key: "end" });
    const found = await use.environment.recover({ handle, spec }, call);
    if (found.found === "alive") await found.instance.stop({ graceMs: 0 }, call);
  }
  await eventually("one has failed, one runs again", async () => {
    const failed = await rig.machines.get("p", plain.id);
    const again = await rig.machines.get("p", eager.id);
    const isAgain = again.observed.state === "running" && again.restarts === 1;
    return failed.observed.state === "failed" && isAgain;
  });
  // A failed one can be started again by hand.
  await rig.machines.resume("p", plain.id);
  expect((await settle(rig, plain.id)).observed.state).toBe("running");
});

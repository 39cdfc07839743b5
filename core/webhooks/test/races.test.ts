import { VirtualClock } from "@bedplate/clock";
import { raise } from "@bedplate/errors";
import { StateStore } from "@bedplate/state";
import { openMemoryState } from "@bedplate/state-memory";
import { expect, test } from "vitest";
import { HeraldLease } from "../src/herald/herald-lease.ts";
import { beforeCommit, openWebhookRig, wordOf } from "./rig.ts";

const url = "https://example.com/hook";

test("what happens right after a webhook was made is told, whatever is looked at meanwhile", async () => {
  const rig = await openWebhookRig();
  await using webhooks = rig.replica("r1");
  await webhooks.create({ project: "p", url });
  await rig.happen("run/1", "run.done");
  await rig.until("a post", () => rig.posts.length === 1);
  const head = rig.things.head.bind(rig.things);
  let isDone = false;
  // The next look at events: the webhooks that it is for are known by then.
  rig.things.head = async (options) => {
    if (!isDone) {
      isDone = true;
      await webhooks.create({ project: "late", url });
      await rig.happen("run/2", "run.done", "late");
    }
    return head(options);
  };
  await rig.happen("run/3", "run.done");
  await rig.until("three posts", () => rig.posts.length === 3);
  expect(rig.posts.map(wordOf)).toContain("run/2 run.done");
});

test("of many that are made at once a project has so many and no more, and all are listed", async () => {
  const rig = await openWebhookRig();
  await using webhooks = rig.replica("r1", { isIdle: true });
  const made = await Promise.allSettled(
    Array.from({ length: 200 }, () => webhooks.create({ project: "p", url })),
  );
  const refused = made.filter((each) => each.status === "rejected");
  expect(new Set(refused.map(({ reason }) => reason.code))).toEqual(new Set(["quota.exceeded"]));
  const listed = await webhooks.list("p");
  expect([refused.length, listed.length]).toEqual([168, 32]);
  await Promise.all(listed.map(({ id }) => webhooks.remove("p", id)));
  await webhooks.create({ project: "p", url });
  expect(await webhooks.list("p")).toHaveLength(1);
});

test("what is to be delivered again is, also when what waited is being forgotten", async () => {
  const rig = await openWebhookRig();
  await using webhooks = rig.replica("r1");
  const { webhook } = await webhooks.create({ project: "p", url });
  await rig.happen("run/1", "run.done");
  const first = async () => (await webhooks.deliveries("p", webhook.id)).deliveries[0];
  await rig.until("delivered", async () => (await first())?.phase === "delivered");
  const ref = { project: "p", webhook: webhook.id, id: (await first())?.id ?? "" };
  const key = `open/${webhook.id}/${ref.id}`;
  const stale = JSON.stringify({ ...ref, subject: "run/1", nextAt: 0 });
  await rig.state.commit({ ops: [{ put: key, value: Buffer.from(stale) }] });
  beforeCommit(rig.state, key, async () => void (await webhooks.redeliver(ref)));
  await rig.until("a second post", () => rig.posts.length === 2);
});

test("nothing is committed for a webhook that was removed meanwhile", async () => {
  const rig = await openWebhookRig();
  await using webhooks = rig.replica("r1");
  await webhooks.create({ project: "p", url });
  const { webhook } = await webhooks.create({ project: "gone", url });
  beforeCommit(rig.state, `delivery/gone/${webhook.id}/`, () =>
    webhooks.remove("gone", webhook.id),
  );
  const { revision } = await rig.state.list({ limit: 1 });
  await rig.happen("run/1", "run.done", "gone");
  await rig.happen("run/2", "run.done");
  await rig.until("the other's post", () => rig.posts.length >= 1);
  expect(rig.posts.map(wordOf)).toEqual(["run/2 run.done"]);
  const written: string[] = [];
  const head = await rig.state.head();
  for await (const commit of rig.state.watch({ after: revision })) {
    written.push(...commit.changes.map(({ key }) => Buffer.from(key).toString()));
    if (commit.revision >= head) break;
  }
  expect(written.filter((key) => key.startsWith("delivery/gone/"))).toEqual([]);
});

test("a removal that broke off leaves nothing either", async () => {
  const rig = await openWebhookRig();
  await using webhooks = rig.replica("r1");
  await webhooks.create({ project: "p", url });
  const { webhook } = await webhooks.create({ project: "gone", url });
  rig.answer = async () => ({ status: 500 });
  await rig.happen("run/1", "run.done", "gone");
  await rig.until("a failure", async () => {
    const [delivery] = (await webhooks.deliveries("gone", webhook.id)).deliveries;
    return delivery?.attempts === 1;
  });
  const state = rig.anotherState();
  const list = state.list.bind(state);
  // Its second step fails: the process is no more.
  let steps = 0;
  state.list = (range, options) => {
    steps += String(range?.prefix).includes(webhook.id) ? 1 : 0;
    return steps > 2 ? Promise.reject(new Error("killed")) : list(range, options);
  };
  await using other = rig.replica("r2", { isIdle: true, state });
  await expect(other.remove("gone", webhook.id)).rejects.toThrow("killed");
  await rig.until("nothing is left", async () => {
    const { entries } = await rig.state.list({ limit: 100 });
    const keys = entries.map(({ key }) => Buffer.from(key).toString());
    return keys.every((key) => !key.includes(webhook.id));
  });
});

test("a replica that can write no more is replaced once its lease has ended", async () => {
  const rig = await openWebhookRig();
  const state = rig.anotherState();
  await using first = rig.replica("r1", { state });
  await first.create({ project: "p", url });
  await rig.happen("run/1", "run.done");
  await rig.until("a post", () => rig.posts.length === 1);
  await using _second = rig.replica("r2");
  let isAway = false;
  const commit = state.commit.bind(state);
  state.commit = (request, options) => (isAway ? Promise.reject(away()) : commit(request, options));
  isAway = true;
  const since = rig.clock.now();
  await rig.happen("run/2", "run.done");
  await rig.until("another post", () => rig.posts.length === 2);
  expect(rig.posts.map(wordOf)).toEqual(["run/1 run.done", "run/2 run.done"]);
  // Eight seconds of a lease, of which up to two had passed.
  expect(rig.clock.now() - since).toBeGreaterThanOrEqual(6_000);
});

test("a lease ends when its time is over, also while the store does not answer", async () => {
  const clock = new VirtualClock();
  const state = new StateStore(await openMemoryState()).in("webhooks");
  const lease = new HeraldLease({ state, clock, replica: "r1", place: "r1" });
  const { signal } = new AbortController();
  const fence = await lease.take(signal);
  if (fence === null) throw new Error("nobody else has it");
  state.get = () => new Promise<never>(() => {});
  let isOver = false;
  const keeping = lease.keep(fence, signal).then(() => {
    isOver = true;
  });
  for (let beats = 0; beats < 8 && !isOver; beats++) {
    await clock.advance(1_000);
    await new Promise(setImmediate);
  }
  expect(isOver).toBe(true);
  await keeping;
});

function away(): Error {
  return raise("provider.unavailable", {
    op: "state.commit",
    detail: { provider: "memory" },
    message: "Cannot commit: the store is away",
  });
}

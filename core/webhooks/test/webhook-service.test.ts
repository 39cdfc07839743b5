import { createHmac } from "node:crypto";
import { faultOf } from "@bedplate/testkit";
import { expect, test } from "vitest";
import type { WebhookPost } from "../src/index.ts";
import { openWebhookRig, wordOf } from "./rig.ts";

const url = "https://example.com/hook";

/** Standard Webhooks, written anew from its text. */
function isSigned({ headers, body }: WebhookPost, secret: string): boolean {
  const key = Buffer.from(secret.slice("whsec_".length), "base64");
  const text = `${headers["webhook-id"]}.${headers["webhook-timestamp"]}.${body}`;
  const wanted = `v1,${createHmac("sha256", key).update(text).digest("base64")}`;
  return (headers["webhook-signature"] ?? "").split(" ").includes(wanted);
}

test("what happens after a webhook was made is posted to it, signed", async () => {
  const rig = await openWebhookRig();
  await using webhooks = rig.replica("r1");
  await rig.happen("run/0", "run.done");
  const { webhook, secret } = await webhooks.create({ project: "p", url });
  await rig.happen("run/1", "run.done");
  await rig.happen("run/1", "run.done", "other");
  await rig.happen("machine/1", "machine.running");
  await rig.until("two posts", () => rig.posts.length >= 2);
  expect(rig.posts.map(wordOf)).toEqual(["run/1 run.done", "machine/1 machine.running"]);
  expect(rig.posts.every((post) => isSigned(post, secret))).toBe(true);
  expect(rig.posts.every((post) => isSigned(post, "whsec_AAAA"))).toBe(false);
  await rig.until("all delivered", async () => {
    const { deliveries } = await webhooks.deliveries("p", webhook.id);
    return deliveries.every(({ phase }) => phase === "delivered");
  });
  const { deliveries } = await webhooks.deliveries("p", webhook.id);
  expect(deliveries.map(({ id }) => id).toSorted()).toEqual(
    rig.posts.map(({ headers }) => headers["webhook-id"]).toSorted(),
  );
});

test("a webhook of some kinds is told of no other", async () => {
  const rig = await openWebhookRig();
  await using webhooks = rig.replica("r1");
  await webhooks.create({ project: "p", url, kinds: ["machine", "run.failed"] });
  for (const kind of ["run.done", "machine.running", "run.failed"]) await rig.happen("x/1", kind);
  await rig.until("two posts", () => rig.posts.length >= 2);
  expect(rig.posts.map(wordOf)).toEqual(["x/1 machine.running", "x/1 run.failed"]);
});

test("a delivery that fails is tried again later and later, and holds only its own subject", async () => {
  const rig = await openWebhookRig();
  await using webhooks = rig.replica("r1");
  const { webhook } = await webhooks.create({ project: "p", url });
  const times: number[] = [];
  rig.answer = async (post) => {
    if (!wordOf(post).startsWith("run/bad")) return { status: 200 };
    times.push(rig.clock.now());
    return { status: times.length < 4 ? 500 : 200 };
  };
  await rig.happen("run/bad", "run.queued");
  await rig.happen("run/bad", "run.done");
  await rig.happen("run/good", "run.done");
  await rig.until("six posts", () => rig.posts.length >= 6);
  expect(rig.posts.map(wordOf).indexOf("run/good run.done")).toBeLessThan(2);
  const bad = rig.posts.map(wordOf).filter((each) => each.startsWith("run/bad"));
  expect(bad).toEqual([...Array(4).fill("run/bad run.queued"), "run/bad run.done"]);
  const pauses = times.slice(1, 4).map((at, index) => at - (times[index] ?? 0));
  const [first = 0, second = 0, third = 0] = pauses;
  expect(first).toBeGreaterThanOrEqual(1_000);
  expect(second).toBeGreaterThanOrEqual(4_000);
  expect(third).toBeGreaterThanOrEqual(16_000);
  await rig.until("delivered", async () =>
    (await webhooks.deliveries("p", webhook.id)).deliveries.every(
      ({ phase }) => phase === "delivered",
    ),
  );
});

test("a delivery that nobody takes is dead, and can be delivered again", async () => {
  const rig = await openWebhookRig();
  await using webhooks = rig.replica("r1");
  const { webhook } = await webhooks.create({ project: "p", url });
  rig.answer = async () => {
    throw Object.assign(new Error("no"), { code: "ECONNREFUSED" });
  };
  await rig.happen("run/1", "run.done");
  const phase = async () => (await webhooks.deliveries("p", webhook.id)).deliveries[0]?.phase;
  for (let hours = 0; hours < 60 && (await phase()) !== "dead"; hours++) {
    await rig.clock.advance(5 * 60_000);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  const [dead] = (await webhooks.deliveries("p", webhook.id)).deliveries;
  expect(dead).toMatchObject({ phase: "dead", attempts: 9, failure: "ECONNREFUSED" });
  rig.answer = async () => ({ status: 200 });
  const ref = { project: "p", webhook: webhook.id, id: dead?.id ?? "" };
  await webhooks.redeliver(ref);
  expect((await faultOf(webhooks.redeliver(ref))).code).toBe("phase.illegal");
  await rig.until("delivered", async () => (await phase()) === "delivered");
  const ids = new Set(rig.posts.map(({ headers }) => headers["webhook-id"]));
  expect([ids.size, rig.posts.length]).toEqual([1, 10]);
});

test("an endpoint that is gone for good is not tried again", async () => {
  const rig = await openWebhookRig();
  await using webhooks = rig.replica("r1");
  const { webhook } = await webhooks.create({ project: "p", url });
  rig.answer = async () => ({ status: 410 });
  await rig.happen("run/1", "run.done");
  await rig.until("dead", async () => {
    const [first] = (await webhooks.deliveries("p", webhook.id)).deliveries;
    return first?.phase === "dead";
  });
  expect(rig.posts).toHaveLength(1);
});

test("an endpoint that never answers is given up after its time, and tried again", async () => {
  const rig = await openWebhookRig();
  await using webhooks = rig.replica("r1");
  const { webhook } = await webhooks.create({ project: "p", url });
  rig.answer = ({ signal }, count) =>
    count > 1
      ? Promise.resolve({ status: 200 })
      : new Promise((_, reject) =>
          signal.addEventListener("abort", () => reject(new Error("aborted"))),
        );
  await rig.happen("run/1", "run.done");
  await rig.until("a failure", async () => {
    const [first] = (await webhooks.deliveries("p", webhook.id)).deliveries;
    return first?.failure?.includes("longer than 15000 ms") === true;
  });
  await rig.until("a second post", () => rig.posts.length === 2);
});

test("a transport that does not heed its signal is given up just the same", async () => {
  const rig = await openWebhookRig();
  await using webhooks = rig.replica("r1");
  const { webhook } = await webhooks.create({ project: "p", url });
  rig.answer = (_, count) =>
    count > 1 ? Promise.resolve({ status: 200 }) : new Promise<never>(() => {});
  await rig.happen("run/1", "run.done");
  await rig.until("it is delivered", async () => {
    const [first] = (await webhooks.deliveries("p", webhook.id)).deliveries;
    return first?.phase === "delivered" && first.attempts === 2;
  });
});

test("with two replicas one delivers; when it dies the other goes on, and nothing is lost", async () => {
  const rig = await openWebhookRig();
  const first = rig.replica("r1");
  await using second = rig.replica("r2");
  const { webhook } = await first.create({ project: "p", url });
  for (let i = 0; i < 10; i++) await rig.happen(`run/${i}`, "run.done");
  await rig.until("ten posts", () => rig.posts.length >= 10);
  await first[Symbol.asyncDispose]();
  for (let i = 10; i < 20; i++) await rig.happen(`run/${i}`, "run.done");
  await rig.until("twenty posts", () => rig.posts.length >= 20);
  const subjects = new Set(rig.posts.map(wordOf));
  expect([subjects.size, rig.posts.length]).toEqual([20, 20]);
  expect((await second.deliveries("p", webhook.id, { limit: 50 })).deliveries).toHaveLength(20);
});

test("a new secret signs beside the one before, for as long as that is kept", async () => {
  const rig = await openWebhookRig();
  await using webhooks = rig.replica("r1");
  const { webhook, secret } = await webhooks.create({ project: "p", url });
  const { secret: next } = await webhooks.rotate("p", webhook.id, { keepMs: 60_000 });
  await rig.happen("run/1", "run.done");
  await rig.until("a post", () => rig.posts.length >= 1);
  await rig.clock.advance(61_000);
  await rig.happen("run/2", "run.done");
  await rig.until("another post", () => rig.posts.length >= 2);
  const signed = rig.posts.map((post) => [isSigned(post, secret), isSigned(post, next)]);
  expect(signed).toEqual([
    [true, true],
    [false, true],
  ]);
});

test("a secret counts for as long as was promised: a rotation too many is refused", async () => {
  const rig = await openWebhookRig();
  await using webhooks = rig.replica("r1", { isIdle: true });
  const { webhook } = await webhooks.create({ project: "p", url });
  const rotate = () => webhooks.rotate("p", webhook.id, { keepMs: 60_000 });
  for (let i = 0; i < 3; i++) await rotate();
  expect((await faultOf(rotate())).code).toBe("quota.exceeded");
  expect(webhooks.secretsOf(await webhooks.get("p", webhook.id))).toHaveLength(4);
  await rig.clock.advance(60_000);
  expect(webhooks.secretsOf(await webhooks.get("p", webhook.id))).toHaveLength(1);
  await rotate();
});

test("a webhook is bounded, whoever asks for it", async () => {
  const rig = await openWebhookRig();
  await using webhooks = rig.replica("r1", { isIdle: true });
  const odd = [
    { url: `https://example.com/${"x".repeat(2_048)}` },
    { url, kinds: Array.from({ length: 65 }, () => "run") },
    { url, label: "x".repeat(129) },
  ];
  for (const each of odd) {
    const fault = await faultOf(webhooks.create({ project: "p", ...each }));
    expect(fault.code).toBe("argument.invalid");
  }
  const { webhook } = await webhooks.create({ project: "p", url });
  const kept = webhooks.rotate("p", webhook.id, { keepMs: 604_800_001 });
  expect((await faultOf(kept)).code).toBe("argument.invalid");
});

test("a webhook that is removed is told no more, and leaves nothing", async () => {
  const rig = await openWebhookRig();
  await using webhooks = rig.replica("r1");
  const { webhook } = await webhooks.create({ project: "p", url });
  rig.answer = async () => ({ status: 500 });
  await rig.happen("run/1", "run.done");
  await rig.until("a post", () => rig.posts.length >= 1);
  await webhooks.remove("p", webhook.id);
  const posted = rig.posts.length;
  await rig.happen("run/2", "run.done");
  await rig.until("nothing is left", async () => {
    const { entries } = await rig.state.list({ limit: 100 });
    return entries.every(({ key }) => /^(herald|collected)\//.test(Buffer.from(key).toString()));
  });
  expect(rig.posts.length).toBeLessThanOrEqual(posted + 1);
  expect((await faultOf(webhooks.get("p", webhook.id))).code).toBe("resource.missing");
});

test("a webhook of another project is not there", async () => {
  const rig = await openWebhookRig();
  await using webhooks = rig.replica("r1", { isIdle: true });
  const { webhook } = await webhooks.create({ project: "p", url });
  const ref = { project: "other", webhook: webhook.id, id: "x" };
  const calls = [
    () => webhooks.get("other", webhook.id),
    () => webhooks.rotate("other", webhook.id),
    () => webhooks.remove("other", webhook.id),
    () => webhooks.deliveries("other", webhook.id),
    () => webhooks.redeliver(ref),
  ];
  for (const call of calls) expect((await faultOf(call())).code).toBe("resource.missing");
  expect(await webhooks.list("other")).toEqual([]);
});

test("a project has so many webhooks and no more", async () => {
  const rig = await openWebhookRig();
  await using webhooks = rig.replica("r1", { isIdle: true });
  for (let i = 0; i < 32; i++) await webhooks.create({ project: "p", url });
  expect((await faultOf(webhooks.create({ project: "p", url }))).code).toBe("quota.exceeded");
  expect(await webhooks.list("p")).toHaveLength(32);
});

test("what an earlier look left in the list of what waits does not make a retry come early", async () => {
  const rig = await openWebhookRig();
  await using webhooks = rig.replica("r1");
  const { webhook } = await webhooks.create({ project: "p", url });
  rig.answer = async () => ({ status: 500 });
  await rig.happen("run/1", "run.done");
  const attempts = async () => {
    const [first] = (await webhooks.deliveries("p", webhook.id)).deliveries;
    return first?.attempts ?? 0;
  };
  await rig.until("three attempts", async () => (await attempts()) === 3);
  const [delivery] = (await webhooks.deliveries("p", webhook.id)).deliveries;
  const { id = "", nextAt = 0 } = delivery ?? {};
  const stale = { id, project: "p", webhook: webhook.id, subject: "run/1", nextAt: 0 };
  const value = Buffer.from(JSON.stringify(stale));
  await rig.state.commit({ ops: [{ put: `open/${webhook.id}/${id}`, value }] });
  await new Promise((resolve) => setTimeout(resolve, 100));
  await rig.clock.advance((nextAt - rig.clock.now()) / 2);
  expect(await attempts()).toBe(3);
  await rig.until("a fourth attempt", async () => (await attempts()) === 4);
  expect(rig.clock.now()).toBeGreaterThanOrEqual(nextAt);
});

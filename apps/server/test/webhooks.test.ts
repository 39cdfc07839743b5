import { encodeScript } from "@bedplate/environment-fake";
import { Bedplate } from "@bedplate/sdk";
import { eventually, faultOf, openScratchFolder } from "@bedplate/testkit";
import { expect, test } from "vitest";
import { webhookTransport } from "../src/events/webhook-transport.ts";
import { openRig } from "./rig.ts";
import { webhookCrashScenario } from "./scenarios/webhook-crash.ts";
import { isSigned, openWebhookEndpoint } from "./webhook-endpoint.ts";

const inside = { webhooks: { reachesInside: true } };
const artifact = encodeScript({ steps: [{ do: "output", text: "x" }] });

test("a run's events are posted to a webhook, signed, and listed as deliveries", async () => {
  await using endpoint = await openWebhookEndpoint();
  await using rig = await openRig({ config: inside });
  const { webhooks, runs } = rig.client;
  const { webhook, secret } = await webhooks.create({ url: endpoint.url, kinds: ["run"] });
  const { id } = await runs.submit({ slot: "fake", artifact });
  await eventually("run.done", () => endpoint.posts.some(({ type }) => type === "run.done"));
  const own = endpoint.posts.filter(({ subject }) => subject === `run/${id}`);
  const types = own.map(({ type }) => type);
  expect([types[0], types.at(-1)]).toEqual(["run.queued", "run.done"]);
  expect(own.every((post) => isSigned(post, secret))).toBe(true);
  await eventually("all delivered", async () => {
    const { deliveries } = await webhooks.deliveries(webhook.id);
    return (
      deliveries.length === own.length && deliveries.every(({ phase }) => phase === "delivered")
    );
  });
  const shown = JSON.stringify([await webhooks.list(), await webhooks.get(webhook.id)]);
  expect(shown).not.toContain(secret.slice(6));

  const [{ id: delivery = "" } = {}] = (await webhooks.deliveries(webhook.id)).deliveries;
  expect(await webhooks.redeliver(webhook.id, delivery)).toMatchObject({ phase: "waiting" });
  await eventually("once more", () => endpoint.posts.length === own.length + 1);
  await webhooks.delete(webhook.id);
  expect((await faultOf(webhooks.get(webhook.id))).code).toBe("resource.missing");
});

test("a redirect is no delivery, and is not followed", async () => {
  await using endpoint = await openWebhookEndpoint();
  endpoint.status = 307;
  await using rig = await openRig({ config: inside });
  const { webhook } = await rig.client.webhooks.create({ url: endpoint.url });
  await rig.client.runs.submit({ slot: "fake", artifact, wait: true });
  await eventually("a failure", async () => {
    const { deliveries } = await rig.client.webhooks.deliveries(webhook.id);
    return deliveries.some(({ status, phase }) => status === 307 && phase === "waiting");
  });
  expect(endpoint.posts).toHaveLength(1);
});

test("private, loopback and metadata addresses are refused, however they are written", async () => {
  await using rig = await openRig();
  const hosts = [
    ...["127.0.0.1", "2130706433", "0x7f.1", "[::1]", "[::ffff:127.0.0.1]", "0.0.0.0", "10.1.2.3"],
    ...[
      "169.254.169.254",
      "172.16.0.1",
      "192.168.1.1",
      "100.64.0.1",
      "[fe80::1]",
      "[fd00:ec2::254]",
    ],
    ...["[64:ff9b::a9fe:a9fe]", "[2002:7f00:1::]", "[::7f00:1]"],
  ];
  for (const host of hosts) {
    const fault = await faultOf(rig.client.webhooks.create({ url: `https://${host}/hook` }));
    expect([host, fault.code]).toEqual([host, "argument.invalid"]);
  }
  for (const url of [
    ...["http://example.com/", "https://a:b@example.com/", "https://", "ftp://example.com/"],
    ...["https://exa mple.com/", "javascript:alert(1)", ""],
  ]) {
    const fault = await faultOf(rig.client.webhooks.create({ url }));
    expect([url, fault.code, fault.detail["path"]]).toEqual([url, "argument.invalid", "/url"]);
  }
  expect(await rig.client.webhooks.list()).toEqual([]);
});

test("a name that leads inside is not reached", async () => {
  const { check, post } = webhookTransport({ reachesInside: false });
  // The name passes; what it leads to does not.
  check("https://localhost/hook");
  const { signal } = new AbortController();
  const sent = post({ url: "https://localhost/hook", headers: {}, body: "{}", signal });
  await expect(sent).rejects.toThrow("its address is not public");
});

test("only an admin has to do with webhooks", async () => {
  await using rig = await openRig();
  const { text } = await rig.client.access.createKey({ role: "runner", label: "r" });
  const { webhooks } = new Bedplate({ url: rig.url, key: text, retriesMax: 0 });
  const url = "https://example.com/hook";
  const calls = [
    () => webhooks.create({ url }),
    () => webhooks.list(),
    () => webhooks.deliveries("x"),
    () => webhooks.redeliver("x", "y"),
  ];
  for (const call of calls) expect((await faultOf(call())).code).toBe("permission.denied");
});

test("events come by pages and cursors, of machines, runs and nobody else", async () => {
  await using rig = await openRig();
  const { events, runs, access } = rig.client;
  const { text } = await access.createKey({ role: "runner", label: "x", project: "other" });
  const other = new Bedplate({ url: rig.url, key: text, retriesMax: 0 });
  const ids: string[] = [];
  for (let i = 0; i < 5; i++) {
    ids.push((await runs.submit({ slot: "fake", artifact, wait: true })).id);
  }
  await other.runs.submit({ slot: "fake", artifact, wait: true });
  const subjects: string[] = [];
  let after: string | undefined;
  for (;;) {
    const page = await events.list({ limit: 2, after, kinds: ["run.done"] });
    subjects.push(...page.events.map(({ subject }) => subject));
    after = page.cursor;
    if (page.isAtEnd) break;
  }
  expect(subjects).toEqual(ids.map((id) => `run/${id}`));
  const one = await events.list({ subject: subjects[2] });
  expect(one.events.map(({ kind }) => kind)).toEqual(["run.done"]);
  // What follows a cursor comes at once, what happens later when it happens.
  const stop = new AbortController();
  const [first] = (await events.list({ kinds: ["run.done"] })).events;
  const seen: string[] = [];
  const late = runs.submit({ slot: "fake", artifact, wait: true });
  for await (const { subject } of events.follow({ after: first?.cursor, signal: stop.signal })) {
    seen.push(subject);
    if (seen.length === 5) break;
  }
  stop.abort();
  expect(seen).toEqual([...subjects.slice(1), `run/${(await late).id}`]);
  const odd = await rig.fetch("/v1/events?after=zz");
  expect([
    odd.status,
    ((await odd.json()) as { fault: { detail: { path: string } } }).fault.detail.path,
  ]).toEqual([400, "/after"]);
});

test("a server that is killed again and again delivers every event of every run, in order", {
  timeout: 120_000,
}, async () => {
  using scratch = openScratchFolder();
  const report = await webhookCrashScenario({ folder: scratch.path, kills: 3, runsPerLife: 30 });
  expect(report).toMatchObject({ missing: 0, disordered: 0, unsigned: 0, left: 0 });
  expect(report.runs).toBeGreaterThan(0);
});

import { encodeScript, type FakeStep } from "@bedplate/environment-fake";
import { Bedplate, fromBytesView } from "@bedplate/sdk";
import { faultOf } from "@bedplate/testkit";
import { expect, test } from "vitest";
import { openRig } from "./rig.ts";

function script(...steps: FakeStep[]): { slot: string; artifact: Uint8Array } {
  return { slot: "fake", artifact: encodeScript({ steps }) };
}

test("a run over HTTP: submit, follow the logs, wait, read the output, replay", async () => {
  await using rig = await openRig();
  const { runs } = rig.client;
  const accepted = await runs.submit(
    script(
      { do: "say", text: "one" },
      { do: "sleep", ms: 30 },
      { do: "say", text: "two" },
      { do: "output", text: "42" },
    ),
  );
  const said: string[] = [];
  for await (const { topic, data } of runs.logs(accepted.id, { follow: true })) {
    said.push(`${topic}: ${Buffer.from(fromBytesView(data)).toString()}`);
  }
  expect(said.join("|")).toContain("one");
  expect(said.join("|")).toContain("two");
  const run = await runs.wait(accepted.id);
  expect(run).toMatchObject({
    phase: "done",
    outcome: { kind: "returned", output: { text: "42" } },
  });
  expect(Buffer.from(await runs.output(run.id)).toString()).toBe("42");
  expect(await runs.replay(run.id)).toMatchObject({ isSame: true, recorded: run.receipt });
  expect((await runs.list()).runs.map((each) => each.id)).toEqual([run.id]);
});

test("with wait, one request answers with the ended run; a stored artifact runs too", async () => {
  await using rig = await openRig();
  const { artifacts, runs } = rig.client;
  const { artifact } = script({ do: "output", text: "x" });
  const { digest } = await artifacts.put(artifact);
  const run = await runs.submit({ slot: "fake", artifact: { digest }, wait: true });
  expect(run).toMatchObject({ phase: "done", artifact: digest });
  expect(Buffer.from(await artifacts.get(digest))).toEqual(Buffer.from(artifact));
});

test("another project's artifact looks like one that is not there, stored or run", async () => {
  await using rig = await openRig();
  const { digest } = await rig.client.artifacts.put(script({ do: "output", text: "x" }).artifact);
  const { text } = await rig.client.access.createKey({
    role: "runner",
    label: "",
    project: "other",
  });
  const stranger = new Bedplate({ url: rig.url, key: text, retriesMax: 0 });
  const missing = { code: "resource.missing", kind: "not_found" };
  expect(await faultOf(stranger.artifacts.get(digest))).toMatchObject(missing);
  const submit = () => stranger.runs.submit({ slot: "fake", artifact: { digest }, wait: true });
  expect(await faultOf(submit())).toMatchObject(missing);
  const stored = await stranger.artifacts.put(script({ do: "output", text: "x" }).artifact);
  expect(stored.digest).toBe(digest);
  expect((await stranger.artifacts.get(digest)).length).toBe(stored.bytes);
  expect(await submit()).toMatchObject({ phase: "done", project: "other" });
  const output = `sha256:${"1".repeat(64)}`;
  expect(await faultOf(rig.client.artifacts.get(output))).toMatchObject(missing);
});

test("events tell what happens to this project's runs", async () => {
  await using rig = await openRig();
  const stop = new AbortController();
  const events = rig.client.events.follow({ signal: stop.signal });
  const next = events.next();
  await new Promise((resolve) => setTimeout(resolve, 50));
  const run = await rig.client.runs.submit({ ...script(), wait: true });
  expect((await next).value).toMatchObject({ kind: "run.done", subject: `run/${run.id}` });
  stop.abort();
});

test("roles and projects: a viewer reads, a runner runs, and nobody sees another project", async () => {
  await using rig = await openRig();
  const { access, runs } = rig.client;
  const clientOf = async (role: "viewer" | "runner", project?: string) => {
    const { text } = await access.createKey({ role, label: role, project });
    return new Bedplate({ url: rig.url, key: text, retriesMax: 0 });
  };
  const run = await runs.submit({ ...script(), wait: true });
  const viewer = await clientOf("viewer");
  expect((await viewer.runs.get(run.id)).id).toBe(run.id);
  expect(await faultOf(viewer.runs.submit(script()))).toMatchObject({ code: "permission.denied" });
  const stranger = await clientOf("runner", "other");
  expect(await faultOf(stranger.runs.get(run.id))).toMatchObject({ code: "resource.missing" });
  expect((await stranger.runs.list()).runs).toEqual([]);
  const anonymous = new Bedplate({ url: rig.url, retriesMax: 0 });
  expect(await faultOf(anonymous.runs.list())).toMatchObject({ kind: "unauthenticated" });
});

test("an idempotency key makes a repeated request one run", async () => {
  await using rig = await openRig();
  const request = { ...script(), idempotencyKey: "once", wait: true };
  const [a, b] = await Promise.all([
    rig.client.runs.submit(request),
    rig.client.runs.submit(request),
  ]);
  expect(a.id).toBe(b.id);
});

test("policy bounds what a caller may ask for", async () => {
  await using rig = await openRig();
  const { registry, runs } = rig.client;
  const policy = await registry.policy("fake");
  await registry.setPolicy("fake", { ...policy, ceiling: { fuel: 100 } });
  const run = await runs.submit({ ...script({ do: "spin" }), budget: { fuel: 1e9 }, wait: true });
  expect(run).toMatchObject({
    budget: { fuel: 100 },
    outcome: { kind: "exhausted", meter: "fuel" },
  });
  await registry.setPolicy("fake", { ...policy, ceiling: { fuel: 100 }, onExcess: "refuse" });
  expect(await faultOf(runs.submit({ ...script(), budget: { fuel: 101 } }))).toMatchObject({
    code: "quota.exceeded",
  });
});

test("environments, releases and the journal are told; OpenAPI describes every route", async () => {
  await using rig = await openRig();
  const { environments, missing } = await rig.client.environments.list();
  expect(environments).toMatchObject([{ slot: "fake", facets: ["invoke", "rewind", "observe"] }]);
  expect(missing).toEqual([]);
  expect(await rig.client.registry.releases()).toMatchObject([
    { name: "fake", phase: "registered" },
  ]);
  const { events } = await rig.client.registry.journal();
  expect(events.map((each) => each.action)).toEqual(["release-registered", "slot-bound"]);
  const document = (await (await rig.fetch("/openapi.json")).json()) as {
    paths: object;
    openapi: string;
  };
  expect(document.openapi).toBe("3.1.0");
  expect(Object.keys(document.paths)).toContain("/v1/runs/{id}/replay");
});

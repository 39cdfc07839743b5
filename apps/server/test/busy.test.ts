import { encodeScript, type FakeStep } from "@bedplate/environment-fake";
import { Bedplate } from "@bedplate/sdk";
import { createLog } from "@bedplate/telemetry";
import { faultOf } from "@bedplate/testkit";
import { expect, test } from "vitest";
import { checkConfig, listen, openServer } from "../src/index.ts";
import { openRig } from "./rig.ts";

/** One run executes, and nobody may wait for its turn. */
const limits = { concurrentRuns: 1, waitingRuns: 0, openRuns: 2 };

function script(...steps: FakeStep[]): { slot: string; artifact: Uint8Array } {
  return { slot: "fake", artifact: encodeScript({ steps }) };
}

/** A run whose caller waits, in the form that travels. */
function bodyOf(ms: number): string {
  const artifact = { text: Buffer.from(script({ do: "sleep", ms }).artifact).toString() };
  return JSON.stringify({ slot: "fake", artifact, wait: true });
}

/** Takes the only turn; answers what gives it back. */
async function fill(client: Bedplate): Promise<() => Promise<unknown>> {
  const held = client.runs.submit({ ...script({ do: "sleep", ms: 60_000 }), wait: true });
  const running = () => client.runs.list({ phase: "running" });
  await expect.poll(async () => (await running()).runs.length).toBe(1);
  return async () => {
    for (const { id } of (await running()).runs) await client.runs.cancel(id);
    return held;
  };
}

test("a full line answers 429 with the time to come back, and the fault says what is full", async () => {
  await using rig = await openRig({ config: { limits } });
  const free = await fill(rig.client);
  const refused = await rig.fetch("/v1/runs", { method: "POST", body: bodyOf(1) });
  expect(refused.status).toBe(429);
  expect(refused.headers.get("retry-after")).toBe("1");
  expect(await refused.json()).toMatchObject({
    fault: {
      code: "quota.exceeded",
      effect: "none",
      retry: "backoff",
      retryAfterMs: 1_000,
      detail: { meter: "waitingRuns", limit: 0 },
    },
  });
  await free();
  const { status } = await rig.fetch("/v1/runs", { method: "POST", body: bodyOf(1) });
  expect(status).toBe(201);
});

test("more open runs than there may be are refused with 429 as well", async () => {
  await using rig = await openRig({ config: { limits } });
  const { runs } = rig.client;
  const slow = script({ do: "sleep", ms: 60_000 });
  const accepted = [await runs.submit(slow), await runs.submit(slow)];
  const body = JSON.stringify({ ...JSON.parse(bodyOf(1)), wait: false });
  const refused = await rig.fetch("/v1/runs", { method: "POST", body });
  expect([refused.status, refused.headers.get("retry-after")]).toEqual([429, "1"]);
  expect(await refused.json()).toMatchObject({
    fault: { detail: { meter: "openRuns", limit: 2 } },
  });
  for (const { id } of accepted) await runs.cancel(id);
});

test("the SDK comes back when it was told to, and gives up after its tries", async () => {
  await using rig = await openRig({ config: { limits } });
  const free = await fill(rig.client);
  let calls = 0;
  const clientOf = (onRefused: () => unknown) =>
    new Bedplate({
      url: rig.url,
      key: rig.server.adminKey,
      retriesMax: 1,
      fetch: async (request) => {
        calls++;
        const answer = await fetch(request);
        if (answer.status === 429) await onRefused();
        return answer;
      },
    });
  const submit = (client: Bedplate) => client.runs.submit({ ...script(), wait: true });
  expect(await faultOf(submit(clientOf(() => {})))).toMatchObject({ code: "quota.exceeded" });
  expect(calls).toBe(2);
  expect(await submit(clientOf(free))).toMatchObject({ phase: "done" });
  expect(calls).toBe(4);
});

test("a project at its quota waits in line, and other projects do not wait for it", async () => {
  await using rig = await openRig({ config: { limits: { concurrentRuns: 2 } } });
  const { access } = rig.client;
  await access.putProject("small", { concurrentRunsMax: 1, machinesMax: 1 });
  const { text } = await access.createKey({ role: "runner", label: "", project: "small" });
  const small = new Bedplate({ url: rig.url, key: text });
  const first = await small.runs.submit(script({ do: "sleep", ms: 60_000 }));
  await expect.poll(async () => (await small.runs.get(first.id)).phase).toBe("running");
  const second = await small.runs.submit(script());
  expect(await rig.client.runs.submit({ ...script(), wait: true })).toMatchObject({
    phase: "done",
  });
  expect((await small.runs.get(second.id)).phase).toBe("queued");
  await small.runs.cancel(first.id);
  expect(await small.runs.wait(second.id)).toMatchObject({ phase: "done" });
});

test("a caller that leaves is 499 for the metrics, no fault for the log, and holds no place", async () => {
  const lines: string[] = [];
  const log = createLog({ write: (line) => lines.push(line), now: Date.now, level: "warn" });
  const environments = { fake: { isEnabled: true } };
  const line = { concurrentRuns: 1, waitingRuns: 1 };
  const config = checkConfig({ data: "memory:", environments, limits: line });
  await using server = await openServer(config, { slots: ["fake"], log });
  await using listening = await listen(server, { host: "127.0.0.1", port: 0 });
  const client = new Bedplate({ url: listening.url, key: server.adminKey });
  const free = await fill(client);
  const headers = { authorization: `Bearer ${server.adminKey}` };
  const init = { method: "POST", headers, body: bodyOf(1) };

  // Each takes the one place in the line, and leaves it to the next.
  const near = leaveSoon();
  const answer = await server.fetch(new Request("http://embedded/v1/runs", { ...init, ...near }));
  expect(answer.status).toBe(499);
  const left = fetch(new URL("/v1/runs", listening.url), { ...init, ...leaveSoon() });
  await expect(left).rejects.toThrow("I leave");
  const next = client.runs.submit({ ...script(), wait: true });
  expect(await free()).toMatchObject({ phase: "cancelled" });
  expect(await next).toMatchObject({ phase: "done" });
  expect(lines).toEqual([]);
});

function leaveSoon(): { readonly signal: AbortSignal } {
  const leave = new AbortController();
  setTimeout(() => leave.abort(new Error("I leave")), 100);
  return { signal: leave.signal };
}

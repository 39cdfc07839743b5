import { setTimeout as sleep } from "node:timers/promises";
import { type Clock, systemClock } from "@bedplate/clock";
import { faultOf } from "@bedplate/testkit";
import { expect, test } from "vitest";
import { Artifacts } from "../src/index.ts";
import { drainMs } from "../src/queued-runs.ts";
import { keysOf, openRig, scriptOf } from "./rig.ts";

const hello = [{ do: "say", text: "hello" }] as const;

test("execute() answers with outcome, usage, receipt and logs, after one commit", async () => {
  await using rig = await openRig();
  const head = await rig.modules.state.head();
  const run = await rig.runs.execute(scriptOf(hello));
  expect(run).toMatchObject({ phase: "done", outcome: { kind: "returned" }, attempts: 1 });
  expect(run.receipt).toMatch(/^sha256:[0-9a-f]{64}$/);
  expect(run.usage?.fuel).toBeGreaterThan(0);
  expect((await rig.modules.state.head()) - head).toBe(1);
  expect(await keysOf(rig, "open/")).toBe(0);
  const logs = await Array.fromAsync(
    rig.runs.logs("p", { id: run.id, isFollowed: false, signal: new AbortController().signal }),
  );
  expect(logs.map((each) => Buffer.from(each.data).toString())).toEqual(["hello"]);
});

test.for([
  ["revert", { kind: "reverted", exitCode: 3 }, { do: "revert", exitCode: 3 }],
  ["trap", { kind: "trapped" }, { do: "trap" }],
  ["spin", { kind: "exhausted", meter: "fuel" }, { do: "spin" }],
] as const)("a guest that ends with %s is an outcome, not a fault", async ([, outcome, step]) => {
  await using rig = await openRig();
  const run = await rig.runs.execute(scriptOf([step], { budget: { fuel: 1_000 } }));
  expect(run).toMatchObject({ phase: "done", outcome });
});

test("a refused request leaves nothing: artifact, entry, slot, policy", async () => {
  await using rig = await openRig();
  const head = await rig.modules.state.head();
  const { runs } = rig;
  const corrupt = scriptOf([], { artifact: Buffer.from("{") });
  const unknownEntry = scriptOf(hello, { entry: "other" });
  for (const submit of [runs.execute.bind(runs), runs.submit.bind(runs)]) {
    expect(await faultOf(submit(corrupt))).toMatchObject({
      code: "argument.invalid",
      detail: { path: "/artifact" },
    });
    expect(await faultOf(submit(unknownEntry))).toMatchObject({ detail: { path: "/entry" } });
    expect(await faultOf(submit(scriptOf(hello, { slot: "none" })))).toMatchObject({
      code: "resource.missing",
    });
  }
  expect(await rig.modules.state.head()).toBe(head);
  expect((await rig.modules.blobs.list()).blobs).toEqual([]);
});

test("submit() acknowledges, and the run ends once a worker leases it", async () => {
  await using rig = await openRig();
  const accepted = await rig.runs.submit(scriptOf(hello));
  expect(accepted.phase).toBe("queued");
  await rig.runs.recover();
  rig.runs.start();
  const signal = AbortSignal.timeout(5_000);
  const run = await rig.runs.wait("p", { id: accepted.id, signal });
  expect(run).toMatchObject({ id: accepted.id, phase: "done", outcome: { kind: "returned" } });
  await expect.poll(async () => (await rig.modules.queue.depth("runs")).leased).toBe(0);
});

test("a log that is followed while its run waits goes on where another replica takes the run", async () => {
  await using here = await openRig();
  await using there = await openRig({ earlier: here, seed: "there" });
  const talk = [
    { do: "say", text: "first" },
    { do: "sleep", ms: 60_000 },
  ] as const;
  const { id } = await here.runs.submit(scriptOf(talk));
  const signal = AbortSignal.timeout(10_000);
  const asked: string[] = [];
  const lines = here.runs.logs("p", {
    id,
    isFollowed: true,
    signal,
    elsewhere: async (replica) => {
      asked.push(replica);
      return there.runs.logs("p", { id, isFollowed: true, signal });
    },
  });
  const first = lines.next();
  await sleep(50);
  there.runs.start();
  expect(Buffer.from((await first).value?.data ?? []).toString()).toBe("first");
  expect(asked).toEqual(["replica-there"]);
  await there.runs.cancel("p", id);
  await lines.return();
});

test("accepted runs of an earlier life end exactly once after a restart", async () => {
  const earlier = await openRig();
  const accepted = await Promise.all(
    Array.from({ length: 50 }, () => earlier.runs.submit(scriptOf(hello))),
  );
  await using rig = await openRig({ earlier, seed: "later" });
  const watching = new AbortController();
  const ends = countEnds(rig, watching.signal);
  await rig.runs.recover();
  rig.runs.start();
  const signal = AbortSignal.timeout(10_000);
  for (const { id } of accepted) {
    expect((await rig.runs.wait("p", { id, signal })).phase).toBe("done");
  }
  watching.abort();
  expect((await ends).size).toBe(50);
  expect([...(await ends).values()].every((times) => times === 1)).toBe(true);
});

test("a run whose way into the queue broke off is queued by a repeat, and by itself", async () => {
  await using rig = await openRig();
  const { queue } = rig.modules;
  const enqueue = queue.enqueue.bind(queue);
  let isBroken = true;
  queue.enqueue = (...args) => (isBroken ? Promise.reject(new Error("cut")) : enqueue(...args));
  const request = scriptOf(hello, { idempotencyKey: "k" });
  await expect(rig.runs.submit(request)).rejects.toThrow("cut");
  await expect(rig.runs.submit(request)).rejects.toThrow("cut");
  expect(await keysOf(rig, "run/")).toBe(1);
  isBroken = false;
  const run = await rig.runs.submit(request);
  expect((await queue.depth("runs")).ready).toBe(1);
  isBroken = true;
  await expect(rig.runs.submit(scriptOf(hello))).rejects.toThrow("cut");
  isBroken = false;
  rig.runs.start();
  const signal = AbortSignal.timeout(10_000);
  expect((await rig.runs.wait("p", { id: run.id, signal })).phase).toBe("done");
  await expect.poll(() => keysOf(rig, "open/"), { timeout: 5_000 }).toBe(0);
});

test("one idempotency key makes one run, at once and later; with another request it is refused", async () => {
  await using rig = await openRig();
  const request = scriptOf(hello, { idempotencyKey: "k" });
  const runs = await Promise.all(Array.from({ length: 20 }, () => rig.runs.execute(request)));
  expect(new Set(runs.map((each) => each.id)).size).toBe(1);
  expect((await rig.runs.submit(request)).id).toBe(runs[0]?.id);
  expect((await rig.runs.list({ project: "p" })).runs).toHaveLength(1);
  const other = scriptOf([], { idempotencyKey: "k" });
  expect(await faultOf(rig.runs.execute(other))).toMatchObject({ code: "idempotency.mismatch" });
  const elsewhere = await rig.runs.execute({ ...request, project: "q" });
  expect(elsewhere.id).not.toBe(runs[0]?.id);
});

test("cancel() ends a waiting run at once and an executing one soon", async () => {
  await using rig = await openRig();
  const waiting = await rig.runs.submit(scriptOf(hello));
  expect((await rig.runs.cancel("p", waiting.id)).phase).toBe("cancelled");
  const executing = rig.runs.execute(scriptOf([{ do: "sleep", ms: 60_000 }]));
  await expect
    .poll(async () => (await rig.runs.list({ project: "p", phase: "running" })).runs.length)
    .toBe(1);
  const [running] = (await rig.runs.list({ project: "p", phase: "running" })).runs;
  await rig.runs.cancel("p", running?.id ?? "");
  expect((await executing).phase).toBe("cancelled");
  expect(await keysOf(rig, "open/")).toBe(0);
});

test("a long run that is waited for is visible while it executes", async () => {
  await using rig = await openRig();
  const executing = rig.runs.execute(scriptOf([{ do: "sleep", ms: 100 }]));
  await sleep(60);
  expect((await rig.runs.list({ project: "p" })).runs).toMatchObject([{ phase: "running" }]);
  expect((await executing).phase).toBe("done");
  expect((await rig.runs.list({ project: "p" })).runs).toMatchObject([{ phase: "done" }]);
});

test("a fault of the place is retried, a fault of the plug-in is the run's end", async () => {
  const fake = { faults: [{ on: "invoke", nth: 1, code: "plugin.crashed" }] } as const;
  await using rig = await openRig({ fake });
  expect(await rig.runs.execute(scriptOf(hello))).toMatchObject({ phase: "done" });
  await using broken = await openRig({
    fake: { faults: [{ on: "invoke", code: "internal.bug" }] },
  });
  expect(await broken.runs.execute(scriptOf(hello))).toMatchObject({
    phase: "failed",
    fault: { code: "internal.bug" },
  });
});

test("list() filters, and pages cover every run once, newest first", async () => {
  await using rig = await openRig();
  for (let i = 0; i < 25; i++) {
    await rig.runs.execute(scriptOf(hello, { labels: { parity: i % 2 === 0 ? "even" : "odd" } }));
  }
  const ids: string[] = [];
  let cursor: string | undefined;
  do {
    const page = await rig.runs.list({
      project: "p",
      limit: 4,
      cursor,
      labels: { parity: "even" },
    });
    ids.push(...page.runs.map((each) => each.id));
    cursor = page.next;
  } while (cursor !== undefined);
  expect(new Set(ids).size).toBe(13);
  expect(ids).toHaveLength(13);
  expect(ids).toEqual(ids.toSorted().toReversed());
});

test("replay() gives the recorded receipt, in another life of the system too", async () => {
  const earlier = await openRig();
  const run = await earlier.runs.execute(
    scriptOf([
      { do: "clock" },
      { do: "say", from: "value" },
      { do: "random", bytes: 8 },
      { do: "output", from: "value" },
    ]),
  );
  await using rig = await openRig({ earlier, seed: "later" });
  const signal = AbortSignal.timeout(5_000);
  expect(await rig.runs.replay("p", { id: run.id, signal })).toMatchObject({ isSame: true });
  const head = await rig.modules.state.head();
  await rig.runs.replay("p", { id: run.id, signal });
  expect(await rig.modules.state.head()).toBe(head);
});

test("an artifact is there only for the projects that brought it", async () => {
  await using rig = await openRig();
  const { runs, modules } = rig;
  const { artifact: digest } = await runs.execute(scriptOf(hello));
  const again = scriptOf([], { artifact: digest });
  expect(await runs.execute(again)).toMatchObject({ phase: "done", artifact: digest });
  const stranger = { ...again, project: "q" };
  const none = { ...stranger, artifact: `sha256:${"0".repeat(64)}` as const };
  const [foreign, absent] = [
    await faultOf(runs.submit(stranger)),
    await faultOf(runs.submit(none)),
  ];
  expect(foreign).toMatchObject({ code: "resource.missing", detail: { id: digest } });
  // But for the digest itself, what another project has looks like what nobody has.
  const shown = (fault: object, id: string) => JSON.stringify(fault).replaceAll(id, "");
  expect(shown(foreign, digest)).toBe(shown(absent, none.artifact));
  await expect(modules.artifacts.demandOwn(digest, "q")).rejects.toThrow("there is none");
  await runs.execute(scriptOf(hello, { project: "q" }));
  expect(await runs.execute(stranger)).toMatchObject({ phase: "done", project: "q" });
  const later = new Artifacts({ blobs: modules.blobs, state: modules.state });
  await later.demandOwn(digest, "q");
});

test("closing waits for what executes, and not for ever: the rest stays open and is begun again", async () => {
  // Only the time that closing waits is shortened; everything else takes the time that it takes.
  const slept: number[] = [];
  const sleep: Clock["sleep"] = (ms, options) => {
    if (ms === drainMs) slept.push(ms);
    return systemClock.sleep(ms === drainMs ? 20 : ms, options);
  };
  const clock: Clock = {
    now: () => systemClock.now(),
    monotonic: () => systemClock.monotonic(),
    sleep,
  };
  await using rig = await openRig({ clock });
  rig.runs.start();
  const { id } = await rig.runs.submit(scriptOf([{ do: "sleep", ms: 60_000 }]));
  await expect.poll(async () => (await rig.runs.get("p", id)).phase).toBe("running");
  await rig.runs[Symbol.asyncDispose]();
  expect(slept).toEqual([drainMs]);
  expect(await rig.runs.get("p", id)).toMatchObject({ phase: "running" });
  expect(await keysOf(rig, "open/")).toBe(1);
  expect((await rig.modules.queue.depth("runs")).leased).toBe(1);
});

test("closing lets a run end that is about to", async () => {
  await using rig = await openRig();
  rig.runs.start();
  const { id } = await rig.runs.submit(scriptOf([{ do: "sleep", ms: 150 }]));
  await expect.poll(async () => (await rig.runs.get("p", id)).phase).toBe("running");
  await rig.runs[Symbol.asyncDispose]();
  expect(await rig.runs.get("p", id)).toMatchObject({ phase: "done" });
  expect((await rig.modules.queue.depth("runs")).leased).toBe(0);
});

test("too many waiting runs are refused with a time to come back", async () => {
  await using rig = await openRig({ limits: { concurrentMax: 1, waitingMax: 1 } });
  const slow = () => rig.runs.execute(scriptOf([{ do: "sleep", ms: 100 }]));
  const results = await Promise.allSettled([slow(), slow(), slow()]);
  const refused = results.filter((each) => each.status === "rejected");
  expect(refused).toHaveLength(1);
  expect(refused[0]?.reason).toMatchObject({
    fault: { code: "quota.exceeded", retryAfterMs: 1_000 },
  });
});

async function countEnds(
  rig: Awaited<ReturnType<typeof openRig>>,
  signal: AbortSignal,
): Promise<Map<string, number>> {
  const ends = new Map<string, number>();
  const { state } = rig.modules;
  try {
    for await (const { changes } of state.watch(
      { after: await state.head(), prefix: "run/" },
      { signal },
    )) {
      for (const { entry } of changes) {
        const run = JSON.parse(Buffer.from(entry?.value ?? []).toString()) as {
          id: string;
          phase: string;
        };
        if (run.phase === "done") ends.set(run.id, (ends.get(run.id) ?? 0) + 1);
      }
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  }
  return ends;
}

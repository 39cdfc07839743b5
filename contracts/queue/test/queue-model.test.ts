import { join } from "node:path";
import { VirtualClock } from "@bedplate/clock";
import { openMemoryQueue } from "@bedplate/queue-memory";
import { openSqliteQueue } from "@bedplate/queue-sqlite";
import { openScratchFolder } from "@bedplate/testkit";
import fc from "fast-check";
import { expect, test } from "vitest";
import { type LeasedJob, type QueueDriver, WorkQueue } from "../src/index.ts";

const lane = "lane";
const durationMs = 1_000;
const limits = { agingMs: 400, retainMs: 3_000, deadRetainMs: 5_000 };

type Action =
  | { kind: "enqueue"; id: number; priority: number; delayMs: number; attemptsMax: number }
  | { kind: "lease"; max: number }
  | { kind: "acknowledge" | "extend"; lease: number }
  | { kind: "release"; lease: number; delayMs: number; bury: boolean }
  | { kind: "cancel" | "redrive"; id: number }
  | { kind: "advance"; ms: number };

const id = fc.nat({ max: 5 });
const lease = fc.nat({ max: 20 });
const delayMs = fc.constantFrom(0, 0, 300, 1_500);
const actions: fc.Arbitrary<readonly Action[]> = fc.array(
  fc.oneof(
    fc.record({
      kind: fc.constant("enqueue" as const),
      id,
      priority: fc.nat({ max: 9 }),
      delayMs,
      attemptsMax: fc.integer({ min: 1, max: 3 }),
    }),
    fc.record({ kind: fc.constant("lease" as const), max: fc.integer({ min: 1, max: 3 }) }),
    fc.record({ kind: fc.constantFrom("acknowledge" as const, "extend" as const), lease }),
    fc.record({ kind: fc.constant("release" as const), lease, delayMs, bury: fc.boolean() }),
    fc.record({ kind: fc.constantFrom("cancel" as const, "redrive" as const), id }),
    fc.record({
      kind: fc.constant("advance" as const),
      ms: fc.constantFrom(1, 299, 700, 1_000, 2_600),
    }),
  ),
  { maxLength: 50 },
);

interface Job {
  id: string;
  order: number;
  rank: number;
  state: "ready" | "delayed" | "leased" | "done" | "dead" | "cancelled";
  at: number;
  attempts: number;
  attemptsMax: number;
  token: string;
}

/** The contract, as simply as it can be said: a list that is looked through from the front. */
class Model {
  jobs: Job[] = [];
  order = 0;

  catchUp(now: number): void {
    for (const job of this.jobs) {
      if (job.state === "leased" && job.at <= now) this.giveBack(job, job.at, now);
      if (job.state === "delayed" && job.at <= now) job.state = "ready";
    }
    this.jobs = this.jobs.filter((job) => {
      if (job.state === "dead") return job.at + limits.deadRetainMs > now;
      if (job.state === "done" || job.state === "cancelled") return job.at + limits.retainMs > now;
      return true;
    });
  }

  giveBack(job: Job, at: number, now: number): void {
    if (job.attempts >= job.attemptsMax) Object.assign(job, { state: "dead", at: now });
    else Object.assign(job, { state: at > now ? "delayed" : "ready", at });
  }

  find(name: string): Job | undefined {
    return this.jobs.find((job) => job.id === name);
  }

  held(token: string): Job | undefined {
    return this.jobs.find((job) => job.state === "leased" && job.token === token);
  }

  next(max: number): readonly Job[] {
    const ready = this.jobs.filter((job) => job.state === "ready");
    return ready.sort((a, b) => a.rank - b.rank || a.order - b.order).slice(0, max);
  }

  count(state: Job["state"]): number {
    return this.jobs.filter((job) => job.state === state).length;
  }
}

interface World {
  readonly queue: WorkQueue;
  readonly model: Model;
  readonly now: number;
  readonly leases: LeasedJob[];
}

async function step({ queue, model, now, leases }: World, action: Action): Promise<void> {
  switch (action.kind) {
    case "enqueue": {
      const name = `j${action.id}`;
      const { priority, attemptsMax } = action;
      const notBefore = now + action.delayMs;
      const isNew = model.find(name) === undefined;
      const body = new Uint8Array(1);
      const answer = await queue.enqueue(lane, [
        { id: name, body, priority, notBefore, attemptsMax },
      ]);
      expect(answer).toEqual([{ ok: true, id: name, duplicate: !isNew }]);
      if (!isNew) return;
      const state = action.delayMs > 0 ? "delayed" : "ready";
      const rank = notBefore - priority * limits.agingMs;
      const order = model.order++;
      model.jobs.push({
        id: name,
        order,
        rank,
        state,
        at: notBefore,
        attempts: 0,
        attemptsMax,
        token: "",
      });
      return;
    }
    case "lease": {
      const expected = model.next(action.max);
      const jobs = await queue.lease({ queues: [lane], max: action.max, durationMs, worker: "w" });
      expect(jobs.map((job) => job.id)).toEqual(expected.map((job) => job.id));
      for (const [index, job] of expected.entries()) {
        const leased = jobs[index] as LeasedJob;
        expect(leases.map(({ token }) => token)).not.toContain(leased.token);
        leases.push(leased);
        const { token, until } = leased;
        Object.assign(job, { state: "leased", at: until, token, attempts: job.attempts + 1 });
        expect([leased.attempt, until]).toEqual([job.attempts, now + durationMs]);
      }
      return;
    }
    case "acknowledge":
    case "extend":
    case "release": {
      const ref = leases[action.lease];
      if (ref === undefined) return;
      const job = model.held(ref.token);
      const [answer] =
        action.kind === "acknowledge"
          ? await queue.acknowledge([ref])
          : action.kind === "extend"
            ? await queue.extend([ref], { durationMs })
            : await queue.release([{ ...action, lease: ref, reason: "r" }]);
      expect(answer?.ok).toBe(job !== undefined);
      if (job === undefined) return;
      if (action.kind === "acknowledge") Object.assign(job, { state: "done", at: now });
      else if (action.kind !== "release") job.at = now + durationMs;
      else if (action.bury) Object.assign(job, { state: "dead", at: now });
      else model.giveBack(job, now + action.delayMs, now);
      return;
    }
    case "cancel": {
      const job = model.find(`j${action.id}`);
      const answer = await queue.cancel(lane, `j${action.id}`);
      if (job === undefined) expect(answer).toBe("unknown");
      else if (job.state === "leased") expect(answer).toBe("leased");
      else if (job.state !== "ready" && job.state !== "delayed") expect(answer).toBe("finished");
      else {
        expect(answer).toBe("cancelled");
        Object.assign(job, { state: "cancelled", at: now });
      }
      return;
    }
    case "redrive": {
      const job = model.find(`j${action.id}`);
      const isDead = job?.state === "dead";
      expect(await queue.redrive(lane, [`j${action.id}`])).toBe(isDead ? 1 : 0);
      if (isDead) Object.assign(job, { state: "ready", at: now, attempts: 0 });
      return;
    }
    case "advance":
  }
}

async function run(
  driver: QueueDriver,
  clock: VirtualClock,
  todo: readonly Action[],
): Promise<void> {
  await using queue = new WorkQueue(driver, { clock });
  const model = new Model();
  const leases: LeasedJob[] = [];
  for (const action of todo) {
    if (action.kind === "advance") await clock.advance(action.ms);
    model.catchUp(clock.now());
    await step({ queue, model, leases, now: clock.now() }, action);
    const { oldestReadyMs: _, ...depth } = await queue.depth(lane);
    expect(depth).toEqual({
      ready: model.count("ready"),
      delayed: model.count("delayed"),
      leased: model.count("leased"),
      dead: model.count("dead"),
    });
    for (const job of model.jobs) {
      const info = await queue.inspect(lane, job.id);
      expect([info?.state, info?.attempts]).toEqual([job.state, job.attempts]);
    }
  }
}

test("any sequence of calls and waits on queue-memory does what the model does", async () => {
  const property = fc.asyncProperty(actions, async (todo) => {
    const clock = new VirtualClock();
    await run(await openMemoryQueue({ clock, limits }), clock, todo);
  });
  await fc.assert(property, { numRuns: 300 });
});

test("any sequence of calls and waits on queue-sqlite does what the model does", async () => {
  const property = fc.asyncProperty(actions, async (todo) => {
    using folder = openScratchFolder();
    const clock = new VirtualClock();
    const path = join(folder.path, "queue.db");
    await run(await openSqliteQueue({ path, clock, limits }), clock, todo);
  });
  await fc.assert(property, { numRuns: 60 });
});

import type { LeasedJob, WorkQueue } from "@bedplate/queue";
import { expect } from "vitest";
import { type Action, type Enqueue, idMax } from "./actions.ts";
import { isWaiting, type ModelJob, ModelQueue, windowMs } from "./model-queue.ts";

const lane = "lane";
const durationMs = 1_000;

/** An empty queue whose clock stands still but for `advance`. */
export interface Played {
  readonly queue: WorkQueue;
  readonly clock: { now(): number; advance(ms: number): Promise<void> };
  /** Absent for queues that end with their process. */
  readonly reopen?: (() => Promise<WorkQueue>) | undefined;
}

/** Does everything to a queue and to the model, and requires that they agree after each step. */
export async function play(played: Played, todo: readonly Action[]): Promise<void> {
  const world = new World(played);
  for (const action of todo) {
    if (action.kind === "advance") await played.clock.advance(action.ms);
    await world.step(action);
    await world.compare();
  }
}

class World {
  readonly #clock: Played["clock"];
  readonly #reopen: Played["reopen"];
  readonly #model = new ModelQueue();
  readonly #tokens = new Set<string>();
  #leases: LeasedJob[] = [];
  #queue: WorkQueue;

  constructor({ queue, clock, reopen }: Played) {
    this.#queue = queue;
    this.#clock = clock;
    this.#reopen = reopen;
  }

  async step(action: Action): Promise<void> {
    this.#model.catchUp(this.#now);
    switch (action.kind) {
      case "enqueue":
        return this.#enqueue(action);
      case "lease":
        return this.#lease(action.max);
      case "acknowledge":
      case "extend":
      case "release":
        return this.#settle(action);
      case "cancel":
        return this.#cancel(`j${action.id}`);
      case "redrive":
        return this.#redrive(`j${action.id}`);
      case "crash":
        this.#leases = [];
        return;
      case "reopen":
        if (this.#reopen !== undefined) this.#queue = await this.#reopen();
        return;
      case "advance":
    }
  }

  /** Every job is where the model says, none is lost, and none is there that should not be. */
  async compare(): Promise<void> {
    const { oldestReadyMs: _, ...depth } = await this.#queue.depth(lane);
    expect(depth).toEqual(this.#model.counts());
    for (let i = 0; i <= idMax; i++) {
      const job = this.#model.find(`j${i}`);
      const info = await this.#queue.inspect(lane, `j${i}`);
      const state = job?.state === "blocked" ? "delayed" : job?.state;
      const { attempts } = job ?? {};
      expect([info?.state, info?.attempts]).toEqual([state, attempts]);
      expect(info?.history.length).toBe(attempts);
    }
  }

  get #now(): number {
    return this.#clock.now();
  }

  async #enqueue({ delayMs, expiresInMs, key, ...job }: Enqueue): Promise<void> {
    const { priority, attemptsMax, group } = job;
    const id = `j${job.id}`;
    const notBefore = this.#now + delayMs;
    const expiresAt = expiresInMs === undefined ? undefined : notBefore + expiresInMs;
    const known = this.#model.known(id, key);
    const dedupe = key === undefined ? undefined : { key, windowMs };
    const times = { notBefore, expiresAt };
    const asked = { id, body: new Uint8Array(1), priority, attemptsMax, group, dedupe, ...times };
    const answer = await this.#queue.enqueue(lane, [asked]);
    expect(answer).toEqual([{ ok: true, id: known ?? id, duplicate: known !== undefined }]);
    if (known !== undefined) return;
    const added = { id, group, attemptsMax, at: notBefore };
    this.#model.add(
      { ...added, expiresAt: expiresAt ?? Number.POSITIVE_INFINITY },
      { priority, key, now: this.#now },
    );
  }

  async #lease(max: number): Promise<void> {
    const expected = this.#model.next(max);
    const jobs = await this.#queue.lease({ queues: [lane], max, durationMs, worker: "w" });
    expect(jobs.map((job) => job.id)).toEqual(expected.map((job) => job.id));
    for (const [index, job] of expected.entries()) this.#hold(job, jobs[index] as LeasedJob);
  }

  #hold(job: ModelJob, leased: LeasedJob): void {
    expect(this.#tokens.has(leased.token)).toBe(false);
    this.#tokens.add(leased.token);
    this.#leases.push(leased);
    const { token, until } = leased;
    Object.assign(job, { state: "leased", at: until, token, attempts: job.attempts + 1 });
    expect([leased.attempt, until]).toEqual([job.attempts, this.#now + durationMs]);
  }

  async #settle(action: Extract<Action, { readonly lease: number }>): Promise<void> {
    // Counted from the newest, so that leases that live are met as often as those that ended.
    const ref = this.#leases.at(-1 - action.lease);
    if (ref === undefined) return;
    const job = this.#model.held(ref.token);
    const [answer] = await this.#send(action, ref);
    expect(answer?.ok).toBe(job !== undefined);
    if (job === undefined) return;
    const now = this.#now;
    if (action.kind === "extend") job.at = now + durationMs;
    else if (action.kind === "acknowledge") this.#model.settle(job, "done", now);
    else if (action.bury) this.#model.kill(job, now);
    else this.#model.giveBack(job, { readyAt: now + action.delayMs, now });
  }

  #send(
    action: Extract<Action, { readonly lease: number }>,
    ref: LeasedJob,
  ): Promise<readonly { readonly ok: boolean }[]> {
    if (action.kind === "acknowledge") return this.#queue.acknowledge([ref]);
    if (action.kind === "extend") return this.#queue.extend([ref], { durationMs });
    const { delayMs, bury } = action;
    return this.#queue.release([{ lease: ref, delayMs, bury, reason: "r" }]);
  }

  async #cancel(id: string): Promise<void> {
    const job = this.#model.find(id);
    const answer = await this.#queue.cancel(lane, id);
    if (job === undefined) expect(answer).toBe("unknown");
    else if (job.state === "leased") expect(answer).toBe("leased");
    else if (!isWaiting(job)) expect(answer).toBe("finished");
    else {
      expect(answer).toBe("cancelled");
      this.#model.settle(job, "cancelled", this.#now);
    }
  }

  async #redrive(id: string): Promise<void> {
    const job = this.#model.find(id);
    const isDead = job?.state === "dead";
    expect(await this.#queue.redrive(lane, [id])).toBe(isDead ? 1 : 0);
    if (isDead) this.#model.redrive(job, this.#now);
  }
}

import type {
  CancelAnswer,
  DriverDeadRange,
  DriverJob,
  DriverRelease,
  EnqueuedJob,
  JobInfo,
  JobState,
  LeasedJob,
  LeaseRef,
  QueueDepth,
  QueueLimits,
} from "@bedplate/queue";
import { Heap } from "./heap.ts";
import { infoOf, leaseOf, type MemoryJob } from "./memory-job.ts";

/** A job at a turn: stale once the job moved on. */
interface Place {
  readonly job: MemoryJob;
  readonly turn: number;
}

/** What a lane needs from its queue. */
export interface LaneContext {
  readonly queue: string;
  readonly limits: QueueLimits;
  readonly newToken: () => string;
  readonly onReady: () => void;
}

/** The jobs of one queue. Every method is one step of one thread, at the instant that it is given. */
export class MemoryLane {
  readonly #context: LaneContext;
  readonly #jobs = new Map<string, MemoryJob>();
  readonly #ready = new Heap<Place>(({ job: a }, { job: b }) =>
    a.rank === b.rank ? a.sequence < b.sequence : a.rank < b.rank,
  );
  readonly #delayed = new Heap<Place>((a, b) => a.job.readyAt < b.job.readyAt);
  readonly #leased = new Heap<Place & { readonly until: number }>((a, b) => a.until < b.until);
  readonly #settled = new Heap<Place & { readonly until: number }>((a, b) => a.until < b.until);
  #sequence = 0;

  constructor(context: LaneContext) {
    this.#context = context;
  }

  enqueue(jobs: readonly DriverJob[], nowMs: number): readonly EnqueuedJob[] {
    this.#catchUp(nowMs);
    return jobs.map((job) => {
      const { id } = job;
      if (this.#jobs.has(id)) return { id, duplicate: true };
      this.#add(job, nowMs);
      return { id, duplicate: false };
    });
  }

  lease(
    { max, durationMs, worker }: { max: number; durationMs: number; worker: string },
    nowMs: number,
  ): readonly LeasedJob[] {
    this.#catchUp(nowMs);
    const leases: LeasedJob[] = [];
    while (leases.length < max) {
      const job = takeCurrent(this.#ready, () => true)?.job;
      if (job === undefined) break;
      const until = nowMs + durationMs;
      const token = this.#context.newToken();
      Object.assign(job, { token, worker, until, attempts: job.attempts + 1 });
      this.#move(job, "leased");
      leases.push(leaseOf(job));
    }
    return leases;
  }

  extend(ref: LeaseRef, durationMs: number, nowMs: number): number | null {
    const job = this.#held(ref, nowMs);
    if (job === undefined) return null;
    job.until = nowMs + durationMs;
    this.#move(job, "leased");
    return job.until;
  }

  acknowledge(ref: LeaseRef, nowMs: number): boolean {
    const job = this.#held(ref, nowMs);
    if (job === undefined) return false;
    this.#settle(job, "done", nowMs);
    return true;
  }

  release(release: DriverRelease, nowMs: number): "ready" | "delayed" | "dead" | null {
    const job = this.#held(release, nowMs);
    if (job === undefined) return null;
    job.lastReason = release.reason;
    if (release.bury) this.#settle(job, "dead", nowMs);
    else this.#giveBack(job, nowMs + release.delayMs, nowMs);
    return job.state as "ready" | "delayed" | "dead";
  }

  cancel(id: string, nowMs: number): CancelAnswer {
    this.#catchUp(nowMs);
    const job = this.#jobs.get(id);
    if (job === undefined) return "unknown";
    if (job.state === "leased") return "leased";
    if (job.state !== "ready" && job.state !== "delayed") return "finished";
    this.#settle(job, "cancelled", nowMs);
    return "cancelled";
  }

  inspect(id: string, nowMs: number): JobInfo | null {
    this.#catchUp(nowMs);
    const job = this.#jobs.get(id);
    return job === undefined ? null : infoOf(job);
  }

  dead({ after, limit }: DriverDeadRange, nowMs: number): readonly JobInfo[] {
    this.#catchUp(nowMs);
    return [...this.#jobs.values()]
      .filter((job) => job.state === "dead" && (after === null || job.id > after))
      .sort((a, b) => (a.id < b.id ? -1 : 1))
      .slice(0, limit)
      .map(infoOf);
  }

  redrive(ids: readonly string[], nowMs: number): number {
    this.#catchUp(nowMs);
    const dead = ids
      .flatMap((id) => this.#jobs.get(id) ?? [])
      .filter((job) => job.state === "dead");
    for (const job of dead) {
      Object.assign(job, { attempts: 0, settledAt: null, readyAt: nowMs });
      this.#move(job, "ready");
    }
    return dead.length;
  }

  depth(nowMs: number): QueueDepth {
    this.#catchUp(nowMs);
    const counts = { ready: 0, delayed: 0, leased: 0, dead: 0, done: 0, cancelled: 0 };
    let oldest = nowMs;
    for (const job of this.#jobs.values()) {
      counts[job.state]++;
      if (job.state === "ready") oldest = Math.min(oldest, job.readyAt);
    }
    const { ready, delayed, leased, dead } = counts;
    return { ready, delayed, leased, dead, oldestReadyMs: nowMs - oldest };
  }

  #add(job: DriverJob, nowMs: number): void {
    const readyAt = Math.max(job.notBefore ?? nowMs, nowMs);
    const added: MemoryJob = {
      ...job,
      queue: this.#context.queue,
      enqueuedAt: nowMs,
      sequence: this.#sequence++,
      rank: readyAt - job.priority * this.#context.limits.agingMs,
      state: "ready",
      readyAt,
      attempts: 0,
      token: "",
      worker: null,
      until: 0,
      lastReason: null,
      settledAt: null,
      turn: 0,
    };
    this.#jobs.set(job.id, added);
    this.#move(added, readyAt > nowMs ? "delayed" : "ready");
  }

  #held(ref: LeaseRef, nowMs: number): MemoryJob | undefined {
    this.#catchUp(nowMs);
    const job = this.#jobs.get(ref.id);
    return job?.state === "leased" && job.token === ref.token ? job : undefined;
  }

  /** Brings every job to where it is at this instant: leases end, delays end, records end. */
  #catchUp(nowMs: number): void {
    for (;;) {
      const ended = takeCurrent(this.#leased, ({ until }) => until <= nowMs)?.job;
      if (ended === undefined) break;
      ended.lastReason = "lease expired";
      this.#giveBack(ended, ended.until, nowMs);
    }
    for (;;) {
      const due = takeCurrent(this.#delayed, ({ job }) => job.readyAt <= nowMs)?.job;
      if (due === undefined) break;
      this.#move(due, "ready");
    }
    for (;;) {
      const old = takeCurrent(this.#settled, ({ until }) => until <= nowMs)?.job;
      if (old === undefined) break;
      this.#jobs.delete(old.id);
    }
  }

  #giveBack(job: MemoryJob, readyAt: number, nowMs: number): void {
    if (job.attempts >= job.attemptsMax) {
      this.#settle(job, "dead", nowMs);
    } else {
      job.readyAt = readyAt;
      this.#move(job, readyAt > nowMs ? "delayed" : "ready");
    }
  }

  #settle(job: MemoryJob, state: "done" | "dead" | "cancelled", nowMs: number): void {
    job.settledAt = nowMs;
    this.#move(job, state);
  }

  #move(job: MemoryJob, state: JobState): void {
    job.state = state;
    const place = { job, turn: ++job.turn };
    if (state === "leased") this.#leased.push({ ...place, until: job.until });
    else if (state === "delayed") this.#delayed.push(place);
    else if (state === "ready") {
      this.#ready.push(place);
      this.#context.onReady();
    } else {
      const { retainMs, deadRetainMs } = this.#context.limits;
      const keepMs = state === "dead" ? deadRetainMs : retainMs;
      this.#settled.push({ ...place, until: (job.settledAt ?? 0) + keepMs });
    }
  }
}

/** Takes the first place that is not stale, if it passes. */
function takeCurrent<P extends Place>(heap: Heap<P>, passes: (place: P) => boolean): P | undefined {
  for (;;) {
    const place = heap.peek();
    if (place === undefined) return undefined;
    const isStale = place.turn !== place.job.turn;
    if (!isStale && !passes(place)) return undefined;
    heap.pop();
    if (!isStale) return place;
  }
}

import type {
  Attempt,
  CancelAnswer,
  DriverDeadRange,
  DriverJob,
  DriverRelease,
  EnqueuedJob,
  JobInfo,
  LeasedJob,
  LeaseRef,
  QueueDepth,
  QueueLimits,
  Released,
} from "@bedplate/queue";
import { DedupeKeys } from "./dedupe-keys.ts";
import { GroupLines } from "./group-lines.ts";
import { Heap } from "./heap.ts";
import { infoOf, leaseOf, type MemoryJob, newMemoryJob } from "./memory-job.ts";

/** A job at a turn: stale once the job moved on. */
interface Place {
  readonly job: MemoryJob;
  readonly turn: number;
}

/** A job and an instant at which something happens to it. */
interface Due {
  readonly job: MemoryJob;
  readonly until: number;
}

/** What a lane needs from its queue. */
export interface LaneContext {
  readonly queue: string;
  readonly limits: QueueLimits;
  readonly agingMs: number;
  /** Is told each time that two jobs are compared. */
  readonly onCompare: () => void;
  readonly newToken: () => string;
  readonly onReady: () => void;
}

/** The jobs of one queue. Every method is one step of one thread, at the instant that it is given. */
export class MemoryLane {
  readonly #context: LaneContext;
  readonly #jobs = new Map<string, MemoryJob>();
  readonly #groups = new GroupLines();
  readonly #keys = new DedupeKeys();
  readonly #ready: Heap<Place>;
  readonly #delayed = new Heap<Place>((a, b) => a.job.readyAt < b.job.readyAt);
  readonly #leased = new Heap<Place & Due>((a, b) => a.until < b.until);
  readonly #expiring = new Heap<Due>((a, b) => a.until < b.until);
  readonly #settled = new Heap<Place & Due>((a, b) => a.until < b.until);
  #sequence = 0;

  constructor(context: LaneContext) {
    this.#context = context;
    this.#ready = new Heap(({ job: a }, { job: b }) => {
      context.onCompare();
      return a.rank === b.rank ? a.sequence < b.sequence : a.rank < b.rank;
    });
  }

  enqueue(jobs: readonly DriverJob[], nowMs: number): readonly EnqueuedJob[] {
    this.#catchUp(nowMs);
    return jobs.map((job) => {
      const { id } = job;
      const known = this.#jobs.has(id) ? id : this.#keys.holderOf(job);
      if (known !== undefined) return { id: known, duplicate: true };
      this.#keys.hold(job, nowMs);
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
      Object.assign(job, { token, worker, until, leasedAt: nowMs, attempts: job.attempts + 1 });
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

  release(release: DriverRelease, nowMs: number): Released {
    const job = this.#held(release, nowMs);
    if (job === undefined) return null;
    const { reason, bury, delayMs } = release;
    endAttempt(job, { to: nowMs, end: "released", reason });
    job.lastReason = reason;
    if (bury) this.#settle(job, "dead", nowMs);
    else this.#giveBack(job, nowMs + delayMs, nowMs);
    return job.state as Released;
  }

  cancel(id: string, nowMs: number): CancelAnswer {
    this.#catchUp(nowMs);
    const job = this.#jobs.get(id);
    if (job === undefined) return "unknown";
    if (job.state === "leased") return "leased";
    if (!isWaiting(job)) return "finished";
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
      const fresh = { attempts: 0, failures: [], settledAt: null, expiresAt: null };
      Object.assign(job, { ...fresh, readyAt: nowMs });
      this.#wait(job, nowMs);
    }
    return dead.length;
  }

  depth(nowMs: number): QueueDepth {
    this.#catchUp(nowMs);
    const counts = { ready: 0, delayed: 0, blocked: 0, leased: 0, dead: 0, done: 0, cancelled: 0 };
    let oldest = nowMs;
    for (const job of this.#jobs.values()) {
      counts[job.state]++;
      if (job.state === "ready") oldest = Math.min(oldest, job.readyAt);
    }
    const { ready, delayed, blocked, leased, dead } = counts;
    return { ready, delayed: delayed + blocked, leased, dead, oldestReadyMs: nowMs - oldest };
  }

  #add(job: DriverJob, nowMs: number): void {
    const { queue, agingMs } = this.#context;
    const added = newMemoryJob(job, { queue, nowMs, sequence: this.#sequence++, agingMs });
    this.#jobs.set(job.id, added);
    if (job.expiresAt !== null) this.#expiring.push({ job: added, until: job.expiresAt });
    this.#wait(added, nowMs);
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
      endAttempt(ended, { to: ended.until, end: "expired", reason: null });
      ended.lastReason = "lease expired";
      this.#giveBack(ended, ended.until, nowMs);
    }
    for (;;) {
      const due = takeCurrent(this.#delayed, ({ job }) => job.readyAt <= nowMs)?.job;
      if (due === undefined) break;
      this.#move(due, "ready");
    }
    this.#expireWaiting(nowMs);
    this.#keys.close(nowMs);
    for (;;) {
      const old = takeCurrent(this.#settled, ({ until }) => until <= nowMs)?.job;
      if (old === undefined) break;
      this.#jobs.delete(old.id);
    }
  }

  #expireWaiting(nowMs: number): void {
    for (;;) {
      const due = this.#expiring.peek();
      if (due === undefined || due.until > nowMs) return;
      this.#expiring.pop();
      const { job } = due;
      // A redriven job does not expire any more, and a held one goes on until its lease ends.
      if (job.expiresAt !== due.until || !isWaiting(job)) continue;
      job.lastReason = "expired";
      this.#settle(job, "dead", nowMs);
    }
  }

  #giveBack(job: MemoryJob, readyAt: number, nowMs: number): void {
    const isTooLate = job.expiresAt !== null && job.expiresAt <= nowMs;
    if (isTooLate || job.attempts >= job.attemptsMax) {
      this.#settle(job, "dead", nowMs);
    } else {
      job.readyAt = readyAt;
      this.#move(job, readyAt > nowMs ? "delayed" : "ready");
    }
  }

  #settle(job: MemoryJob, state: "done" | "dead" | "cancelled", nowMs: number): void {
    job.settledAt = nowMs;
    this.#move(job, state);
    const next = this.#groups.leave(job);
    if (next !== undefined) this.#go(next, nowMs);
  }

  /** Lets a job go when it is its turn. */
  #wait(job: MemoryJob, nowMs: number): void {
    if (this.#groups.join(job)) this.#go(job, nowMs);
    else this.#move(job, "blocked");
  }

  #go(job: MemoryJob, nowMs: number): void {
    job.readyAt = Math.max(job.readyAt, nowMs);
    this.#move(job, job.readyAt > nowMs ? "delayed" : "ready");
  }

  #move(job: MemoryJob, state: MemoryJob["state"]): void {
    job.state = state;
    const place = { job, turn: ++job.turn };
    if (state === "leased") this.#leased.push({ ...place, until: job.until });
    else if (state === "delayed") this.#delayed.push(place);
    else if (state === "ready") {
      this.#ready.push(place);
      this.#context.onReady();
    } else if (state !== "blocked") {
      const { retainMs, deadRetainMs } = this.#context.limits;
      const keepMs = state === "dead" ? deadRetainMs : retainMs;
      this.#settled.push({ ...place, until: (job.settledAt ?? 0) + keepMs });
    }
  }
}

function isWaiting({ state }: MemoryJob): boolean {
  return state === "ready" || state === "delayed" || state === "blocked";
}

function endAttempt(job: MemoryJob, how: Pick<Attempt, "to" | "end" | "reason">): void {
  job.failures = [...job.failures, { worker: job.worker ?? "", from: job.leasedAt, ...how }];
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

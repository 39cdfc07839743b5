/** A job as the model knows it. `at` is when it gets ready, when its lease ends, or when it was settled. */
export interface ModelJob {
  readonly id: string;
  readonly order: number;
  readonly rank: number;
  readonly group: string | undefined;
  readonly attemptsMax: number;
  state: "ready" | "delayed" | "blocked" | "leased" | "done" | "dead" | "cancelled";
  at: number;
  expiresAt: number;
  attempts: number;
  token: string;
}

/** For how long the model remembers, and how fast waiting outranks priority. */
export const modelLimits = { retainMs: 3_000, deadRetainMs: 5_000 };
export const modelAgingMs = 400;
/** How long the window of a key is open. */
export const windowMs = 1_200;

/** The contract, as simply as it can be said: a list that is looked through from the front. */
export class ModelQueue {
  jobs: ModelJob[] = [];
  #keys = new Map<string, { readonly id: string; readonly until: number }>();
  #order = 0;

  /** Brings every job to where it is at this instant. */
  catchUp(now: number): void {
    for (const job of this.jobs) {
      if (job.state === "leased" && job.at <= now) this.giveBack(job, { readyAt: job.at, now });
      if (job.state === "delayed" && job.at <= now) job.state = "ready";
    }
    for (const job of this.jobs) if (isWaiting(job) && job.expiresAt <= now) this.kill(job, now);
    this.jobs = this.jobs.filter((job) => {
      if (job.state === "dead") return job.at + modelLimits.deadRetainMs > now;
      if (job.state === "done" || job.state === "cancelled")
        return job.at + modelLimits.retainMs > now;
      return true;
    });
    for (const [key, { until }] of this.#keys) if (until <= now) this.#keys.delete(key);
  }

  find(id: string): ModelJob | undefined {
    return this.jobs.find((job) => job.id === id);
  }

  held(token: string): ModelJob | undefined {
    return this.jobs.find((job) => job.state === "leased" && job.token === token);
  }

  /** The id of the job that is there already. */
  known(id: string, key: string | undefined): string | undefined {
    if (this.find(id) !== undefined) return id;
    return key === undefined ? undefined : this.#keys.get(key)?.id;
  }

  add(
    job: Pick<ModelJob, "id" | "group" | "attemptsMax" | "at" | "expiresAt">,
    more: { readonly priority: number; readonly key: string | undefined; readonly now: number },
  ): void {
    const { priority, key, now } = more;
    if (key !== undefined) this.#keys.set(key, { id: job.id, until: now + windowMs });
    const rank = job.at - priority * modelAgingMs;
    const state = this.#isTurnTaken(job.group) ? "blocked" : job.at > now ? "delayed" : "ready";
    this.jobs.push({ ...job, order: this.#order++, rank, state, attempts: 0, token: "" });
  }

  next(max: number): readonly ModelJob[] {
    const ready = this.jobs.filter((job) => job.state === "ready");
    return ready.sort((a, b) => a.rank - b.rank || a.order - b.order).slice(0, max);
  }

  giveBack(
    job: ModelJob,
    { readyAt, now }: { readonly readyAt: number; readonly now: number },
  ): void {
    if (job.attempts >= job.attemptsMax || job.expiresAt <= now) this.kill(job, now);
    else Object.assign(job, { state: readyAt > now ? "delayed" : "ready", at: readyAt });
  }

  kill(job: ModelJob, now: number): void {
    this.settle(job, "dead", now);
  }

  settle(job: ModelJob, state: "done" | "dead" | "cancelled", now: number): void {
    Object.assign(job, { state, at: now });
    if (job.group === undefined || this.#isTurnTaken(job.group)) return;
    const waiting = this.jobs.filter(
      (each) => each.group === job.group && each.state === "blocked",
    );
    const next = waiting.sort((a, b) => a.order - b.order)[0];
    if (next === undefined) return;
    next.at = Math.max(next.at, now);
    next.state = next.at > now ? "delayed" : "ready";
  }

  redrive(job: ModelJob, now: number): void {
    const state = this.#isTurnTaken(job.group) ? "blocked" : "ready";
    Object.assign(job, { state, at: now, attempts: 0, expiresAt: Number.POSITIVE_INFINITY });
  }

  /** What `depth` counts. */
  counts(): Readonly<Record<"ready" | "delayed" | "leased" | "dead", number>> {
    const count = (state: ModelJob["state"]) =>
      this.jobs.filter((job) => job.state === state).length;
    return {
      ready: count("ready"),
      delayed: count("delayed") + count("blocked"),
      leased: count("leased"),
      dead: count("dead"),
    };
  }

  #isTurnTaken(group: string | undefined): boolean {
    return this.jobs.some(
      (job) =>
        group !== undefined &&
        job.group === group &&
        (job.state === "ready" || job.state === "delayed" || job.state === "leased"),
    );
  }
}

/** Nobody holds it, and it is not over. */
export function isWaiting({ state }: ModelJob): boolean {
  return state === "ready" || state === "delayed" || state === "blocked";
}

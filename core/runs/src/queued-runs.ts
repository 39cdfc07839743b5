import { FaultError, raise } from "@bedplate/errors";
import type { LeasedJob } from "@bedplate/queue";
import type { StoredDocument } from "@bedplate/state";
import { commitLater } from "./commit-later.ts";
import { endCancelled, endFailed } from "./ending.ts";
import type { PreparedRun } from "./intake.ts";
import { keepLease } from "./lease-keeper.ts";
import { hasEnded, type Run } from "./run.ts";
import type { RunParts } from "./run-parts.ts";
import { isLostRace } from "./run-store.ts";
import type { RunsModules } from "./runs-modules.ts";
import { readBytes } from "./stored-bytes.ts";

/** A reason of our own: without one, each abort makes an exception with its stack. */
const woken = "woken";
/** Why an execution is aborted that is to be begun again. */
const cutOff = "cut off";
const queueName = "runs";
/** A lease is extended three times before it would end. */
export const leaseMs = 15_000;
const pollMs = 500;
/** Jobs are leased ahead as far as they are done in this time at the pace of late: short ones only. */
const leaseAheadMs = 50;
const leaseAheadMax = 64;
/** Executed runs whose end is being recorded at once. */
const finishingMax = 256;
/** Leases of one run before it is given up. */
export const leasesMax = 5;
/** How long runs that execute may still take when the service closes. */
export const drainMs = 10_000;

/** Runs that were accepted and are executed when there is room, by whichever replica leases them. */
export class QueuedRuns implements AsyncDisposable {
  readonly #modules: RunsModules;
  readonly #parts: RunParts;
  readonly #stopping = new AbortController();
  readonly #busy = new Map<
    string,
    { readonly cancel: AbortController; readonly work: Promise<void> }
  >();
  /** Recorded runs whose way into the queue broke off. */
  readonly #unqueued = new Map<string, Pick<Run, "id" | "project" | "priority">>();
  #wake: () => void = () => {};
  #finishing = 0;
  /** How long an execution takes, the later ones counting more. */
  #meanMs = leaseAheadMs;
  #loop: Promise<void> | undefined;

  constructor(modules: RunsModules, parts: RunParts) {
    this.#modules = modules;
    this.#parts = parts;
  }

  /** Records the run and puts it into the queue; after this it will end, whatever crashes. */
  async accept(prepared: PreparedRun): Promise<Run> {
    const { run, once } = prepared;
    await prepared.keepArtifact();
    await this.#parts.store.accept(run, { once });
    try {
      await this.enqueue(run);
    } catch (error) {
      // Only this replica knows that the queue may not have it: it goes on trying.
      this.#unqueued.set(run.id, run);
      throw error;
    }
    return run;
  }

  /** Putting a run in twice does nothing: its id is the job's. */
  async enqueue(run: Pick<Run, "id" | "project" | "priority">): Promise<void> {
    const body = Buffer.from(JSON.stringify({ project: run.project }));
    const job = { id: run.id, body, priority: run.priority, attemptsMax: leasesMax + 1 };
    const [answer] = await this.#modules.queue.enqueue(queueName, [job]);
    if (answer?.ok === false) throw new FaultError(answer.fault);
    this.#unqueued.delete(run.id);
  }

  /** Refuses another run when that many wait already. */
  async demandRoom(): Promise<void> {
    const { openMax } = this.#modules.limits;
    const { ready, delayed, leased } = await this.#modules.queue.depth(queueName);
    const open = ready + delayed + leased;
    if (open >= openMax) throw full(openMax, open + 1);
  }

  /** Begins to lease work. */
  start(): void {
    this.#loop ??= this.#lease();
  }

  /** The replica that leased a run; undefined while it waits, or after it has ended. */
  async holder(id: string): Promise<string | undefined> {
    const job = await this.#modules.queue.inspect(queueName, id);
    return job?.state === "leased" ? (job.worker ?? undefined) : undefined;
  }

  /** Stops a run that executes here; false when there is none. */
  cancel(id: string): boolean {
    const found = this.#busy.get(id);
    found?.cancel.abort();
    return found !== undefined;
  }

  /** Ends a run that nobody executes; false when somebody leased it meanwhile. */
  async cancelWaiting(stored: StoredDocument<Run>): Promise<boolean> {
    const { id } = stored.document;
    const answer = await this.#modules.queue.cancel(queueName, id);
    if (answer === "leased") return false;
    const ended = endCancelled(stored.document, this.#modules.clock.now());
    await this.#parts.store.change(stored, ended);
    this.#parts.waiters.announce(ended);
    return true;
  }

  /**
   * Leases no more, and gives what executes here some time to end. What takes longer is cut off and
   * stays open: as after a crash, whoever leases it next begins it again.
   */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopping.abort();
    this.#wake();
    await this.#loop;
    const pause = new AbortController();
    const work = Promise.allSettled([...this.#busy.values()].map((each) => each.work));
    const drained = this.#modules.clock.sleep(drainMs, { signal: pause.signal }).catch(() => {});
    await Promise.race([work, drained]);
    pause.abort(woken);
    for (const { cancel } of this.#busy.values()) cancel.abort(cutOff);
    await work;
  }

  async #lease(): Promise<void> {
    using _ready = this.#modules.queue.onReady(queueName, () => this.#wake());
    while (!this.#stopping.signal.aborted) {
      const pause = this.#nextWake();
      await this.#enqueueRest();
      const jobs = await this.#leaseSome();
      for (const job of jobs) this.#own(job);
      if (jobs.length === 0) await pause;
    }
  }

  /** What the queue has already is put in twice, which does nothing. */
  async #enqueueRest(): Promise<void> {
    for (const run of [...this.#unqueued.values()]) {
      try {
        await this.enqueue(run);
      } catch (error) {
        const reason = error instanceof Error ? error.message : "unknown";
        this.#modules.log.warn("run not queued", { runId: run.id, reason });
        return;
      }
    }
  }

  /** As many jobs as there is room for. */
  async #leaseSome(): Promise<readonly LeasedJob[]> {
    const { queue, log, replica } = this.#modules;
    const room = Math.min(this.#room(), queue.limits.batchMax);
    if (room <= 0) return [];
    const request = { queues: [queueName], max: room, durationMs: leaseMs, worker: replica };
    try {
      return await queue.lease(request);
    } catch (error) {
      log.error("lease failed", { reason: error instanceof Error ? error.message : "unknown" });
      return [];
    }
  }

  /** Enough work at hand that no turn waits for a lease, and no more: another replica may be idle. */
  #room(): number {
    const { concurrentMax } = this.#modules.limits;
    const ahead = Math.floor((concurrentMax * leaseAheadMs) / Math.max(this.#meanMs, 1));
    const open = this.#busy.size - this.#finishing;
    return Math.min(
      concurrentMax + Math.min(ahead, leaseAheadMax) - open,
      finishingMax - this.#finishing,
    );
  }

  /** Ends at a hint, a free place or the next poll. Made before the look, so that no hint is missed. */
  #nextWake(): Promise<void> {
    const pause = new AbortController();
    this.#wake = () => pause.abort(woken);
    return this.#modules.clock.sleep(pollMs, { signal: pause.signal }).catch(() => {});
  }

  #own(job: LeasedJob): void {
    const cancel = new AbortController();
    const work = this.#execute(job, cancel)
      .catch((error: unknown) => {
        const reason = error instanceof Error ? error.message : "unknown";
        this.#modules.log.error("queued run failed", { runId: job.id, reason });
      })
      .finally(() => {
        this.#busy.delete(job.id);
        this.#wake();
      });
    this.#busy.set(job.id, { cancel, work });
  }

  async #execute(job: LeasedJob, cancel: AbortController): Promise<void> {
    const { project } = JSON.parse(Buffer.from(job.body).toString()) as {
      readonly project: string;
    };
    const { store } = this.#parts;
    const found = await store.get(project, job.id);
    if (hasEnded(found.document)) return void (await this.#acknowledge(job));
    await using lease = keepLease(job, {
      cancel,
      durationMs: leaseMs,
      modules: this.#modules,
      store,
    });
    if (job.attempt > leasesMax) return this.#giveUp(found, job);
    const { started, ended } = await this.#inTurn(found, { cancel, project });
    this.#finishing++;
    this.#wake();
    try {
      // Somebody else holds the run now, or will: its end counts, ours is dropped.
      if (!lease.isLost() && cancel.signal.reason !== cutOff)
        await this.#finish(started, { ended, job });
    } finally {
      this.#finishing--;
    }
  }

  /** Executes; a run that takes its time is recorded as running meanwhile. */
  async #inTurn(
    found: StoredDocument<Run>,
    options: { readonly cancel: AbortController; readonly project: string },
  ): Promise<{ readonly started: StoredDocument<Run>; readonly ended: Run }> {
    const { blobs, clock, quotaOf } = this.#modules;
    const { attempts, store, turnstile } = this.#parts;
    const { cancel, project } = options;
    const { signal } = cancel;
    const { concurrentRunsMax: projectMax } = await quotaOf(project);
    const input = await readBytes(blobs, found.document.input);
    const { priority } = found.document;
    using _turn = await turnstile.enter({ project, priority, projectMax });
    const startedMs = clock.monotonic();
    const running: Run = { ...found.document, phase: "running", startedAt: clock.now() };
    await using recorded = commitLater(clock, async () => {
      try {
        return await store.change(found, running);
      } catch (error) {
        // Whoever moved the run on executes it, or has ended it.
        cancel.abort();
        throw error;
      }
    });
    const ended = await attempts.carry(found.document, { input, signal });
    this.#meanMs += (clock.monotonic() - startedMs - this.#meanMs) / 8;
    return { started: (await recorded.settle()) ?? found, ended };
  }

  /** Ends a run that has begun often enough: one that kills its host must not do so for ever. */
  async #giveUp(found: StoredDocument<Run>, job: LeasedJob): Promise<void> {
    const at = this.#modules.clock.now();
    const ended = endFailed(found.document, { fault: gaveUp(found.document), at });
    await this.#finish(found, { ended, job });
  }

  async #finish(
    started: StoredDocument<Run>,
    end: { readonly ended: Run; readonly job: LeasedJob },
  ): Promise<void> {
    const { store, waiters } = this.#parts;
    try {
      await store.change(started, end.ended);
      waiters.announce(end.ended);
    } catch (error) {
      // Whoever leased the run after us has moved it on: its end counts, ours is dropped.
      if (!isLostRace(error)) throw error;
    }
    await this.#acknowledge(end.job);
  }

  async #acknowledge(job: LeasedJob): Promise<void> {
    await this.#modules.queue.acknowledge([job]);
  }
}

function gaveUp(run: Run): FaultError["fault"] {
  return raise("plugin.crashed", {
    op: "runs.execute",
    subject: `run/${run.id}`,
    retry: "never",
    detail: { reason: `${leasesMax} replicas began it and none finished` },
    message: `Cannot finish run/${run.id}: ${leasesMax} attempts to execute it were cut off`,
  }).fault;
}

function full(limit: number, asked: number): Error {
  return raise("quota.exceeded", {
    op: "runs.submit",
    retryAfterMs: 1_000,
    detail: { meter: "openRuns", limit, asked },
    message: `Cannot accept the run: ${limit} runs are open already`,
  });
}

import { type Clock, type Random, systemClock, systemRandom, untilAborted } from "@bedplate/clock";
import { type CborValue, openCursor, sealCursor } from "@bedplate/codec";
import { type Fault, isFault, toFault } from "@bedplate/errors";
import { recordSeconds, withSpan } from "@bedplate/telemetry";
import { encodeJob, isName, isWhole, type NewJob, nameRule } from "./job-request.ts";
import type {
  CancelAnswer,
  DriverJob,
  JobInfo,
  LeasedJob,
  LeaseRef,
  QueueCapabilities,
  QueueDepth,
  QueueDriver,
  QueueLimits,
} from "./queue-driver.ts";
import { brokenDriver, closedFault, lostLease, refuse, undeclared } from "./queue-faults.ts";
import type {
  DeadPage,
  Enqueued,
  Extended,
  LeaseRequest,
  ReleaseRequest,
  Settled,
  Waiting,
  WorkQueueOptions,
} from "./work-requests.ts";

const queuePattern = /^[a-z0-9][a-z0-9._/-]{0,127}$/;
const reasonCharactersMax = 1_024;
const queuesPerLeaseMax = 64;
const pageDefault = 100;
/** What no lease is: stands for refs that cannot be ours, so that drivers see well-formed text only. */
const foreignRef: LeaseRef = { queue: "none", id: "none", token: "none" };

/**
 * Jobs that are done at least once. A lease is held until its end or until it is settled; whoever
 * settles late is told that the lease is lost, and changes nothing.
 */
export class WorkQueue implements AsyncDisposable {
  readonly #driver: QueueDriver;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #cursorSecret: Uint8Array;
  #isClosed = false;

  constructor(driver: QueueDriver, options: WorkQueueOptions = {}) {
    this.#driver = driver;
    this.#clock = options.clock ?? systemClock;
    this.#random = options.random ?? systemRandom;
    this.#cursorSecret = options.cursorSecret ?? this.#random.bytes(32);
  }

  get limits(): QueueLimits {
    return this.#driver.limits;
  }

  get capabilities(): QueueCapabilities {
    return this.#driver.capabilities;
  }

  /** Adds jobs; answers one by one. Jobs of one call become visible together. */
  enqueue(
    queue: string,
    jobs: readonly NewJob[],
    options: Waiting = {},
  ): Promise<readonly Enqueued[]> {
    return this.#operate("enqueue", options, async (driver) => {
      checkQueue(queue, "enqueue");
      this.#checkBatch(jobs.length, "enqueue");
      const encoded = jobs.map((job) => this.#tryEncode(job));
      const accepted = encoded.flatMap((each) => ("job" in each ? [each.job] : []));
      const added = accepted.length === 0 ? [] : await driver.enqueue(queue, accepted);
      const answers = added.values();
      return encoded.map((each) =>
        "fault" in each ? { ok: false, fault: each.fault } : { ok: true, ...next(answers) },
      );
    });
  }

  /** Takes ready jobs, highest effective priority first; answers at once, with none when none is ready. */
  lease(request: LeaseRequest, options: Waiting = {}): Promise<readonly LeasedJob[]> {
    return this.#operate("lease", options, (driver) => {
      const { queues, max = 1, durationMs, worker } = request;
      for (const queue of queues) checkQueue(queue, "lease");
      if (!isWhole(queues.length, 1, queuesPerLeaseMax)) {
        throw refuse("lease", "/queues", `must name 1 to ${queuesPerLeaseMax} queues`);
      }
      if (!isWhole(max, 1, driver.limits.batchMax)) {
        throw refuse("lease", "/max", `must be a whole number from 1 to ${driver.limits.batchMax}`);
      }
      this.#checkDuration(durationMs, "lease");
      if (!isName(worker)) throw refuse("lease", "/worker", nameRule);
      return driver.lease({ queues: [...new Set(queues)], max, durationMs, worker });
    });
  }

  /** Sets the end of leases to now plus `durationMs`. */
  extend(
    leases: readonly LeaseRef[],
    options: Waiting & { readonly durationMs: number },
  ): Promise<readonly Extended[]> {
    return this.#operate("extend", options, async (driver) => {
      this.#checkBatch(leases.length, "extend");
      this.#checkDuration(options.durationMs, "extend");
      const ends = await driver.extend(leases.map(refOf), options.durationMs);
      return leases.map(({ id }, index) => {
        const until = ends[index] ?? null;
        return until === null ? lost("extend", id) : { ok: true, id, until };
      });
    });
  }

  /** Says that jobs are done. */
  acknowledge(leases: readonly LeaseRef[], options: Waiting = {}): Promise<readonly Settled[]> {
    return this.#operate("acknowledge", options, async (driver) => {
      this.#checkBatch(leases.length, "acknowledge");
      const answers = await driver.acknowledge(leases.map(refOf));
      return leases.map(({ id }, index) =>
        answers[index] === true ? { ok: true, id } : lost("acknowledge", id),
      );
    });
  }

  /** Gives jobs back: ready, delayed, or dead when no attempts are left. */
  release(releases: readonly ReleaseRequest[], options: Waiting = {}): Promise<readonly Settled[]> {
    return this.#operate("release", options, async (driver) => {
      this.#checkBatch(releases.length, "release");
      const encoded = releases.map((each) => this.#encodeRelease(each));
      const answers = await driver.release(encoded);
      return releases.map(({ lease: { id } }, index) =>
        (answers[index] ?? null) === null ? lost("release", id) : { ok: true, id },
      );
    });
  }

  /** Takes a job out that nobody holds. */
  cancel(queue: string, id: string, options: Waiting = {}): Promise<CancelAnswer> {
    return this.#operate("cancel", options, async (driver) => {
      checkQueue(queue, "cancel");
      return isName(id) ? driver.cancel(queue, id) : "unknown";
    });
  }

  /** What is known about a job; null when the queue does not know it or forgot it. */
  inspect(queue: string, id: string, options: Waiting = {}): Promise<JobInfo | null> {
    return this.#operate("inspect", options, async (driver) => {
      checkQueue(queue, "inspect");
      return isName(id) ? driver.inspect(queue, id) : null;
    });
  }

  /** One page of dead jobs, in the order of their ids. */
  dead(
    queue: string,
    options: Waiting & {
      readonly limit?: number | undefined;
      readonly cursor?: string | undefined;
    } = {},
  ): Promise<DeadPage> {
    return this.#operate("dead", options, async (driver) => {
      checkQueue(queue, "dead");
      const { limit = Math.min(pageDefault, driver.limits.batchMax), cursor } = options;
      this.#checkBatch(limit, "dead");
      if (limit < 1) throw refuse("dead", "/limit", "must be at least 1");
      const scope = { secret: this.#cursorSecret, listing: ["queue.dead", queue] as CborValue };
      const after = cursor === undefined ? null : openCursor(cursor, scope);
      if (after !== null && typeof after !== "string") {
        throw refuse("dead", "/cursor", "is not of this listing");
      }
      const jobs = await driver.dead({ queue, after, limit });
      const last = jobs.at(-1);
      if (last === undefined || jobs.length < limit) return { jobs };
      return { jobs, next: sealCursor(last.id, scope) };
    });
  }

  /** Makes dead jobs ready again with all their attempts; answers how many it found dead. */
  redrive(queue: string, ids: readonly string[], options: Waiting = {}): Promise<number> {
    return this.#operate("redrive", options, (driver) => {
      checkQueue(queue, "redrive");
      this.#checkBatch(ids.length, "redrive");
      return driver.redrive(queue, [...new Set(ids.filter(isName))]);
    });
  }

  /** How many jobs are where. */
  depth(queue: string, options: Waiting = {}): Promise<QueueDepth> {
    return this.#operate("depth", options, (driver) => driver.depth(checkQueue(queue, "depth")));
  }

  /** Calls back when this process made jobs ready; a hint that may be lost: poll as well. Needs `notify`. */
  onReady(queue: string, listener: () => void): Disposable {
    const driver = this.#driver;
    checkQueue(queue, "onReady");
    if (driver.capabilities.notify !== true) throw undeclared("notify", "onReady");
    if (this.#isClosed) throw closedFault("queue.onReady");
    if (driver.onReady === undefined)
      throw brokenDriver("onReady", "it declares notify without it");
    return driver.onReady(queue, listener);
  }

  /** Refuses what comes, and closes the driver once. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    await this.#driver[Symbol.asyncDispose]();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #tryEncode(job: NewJob): { readonly job: DriverJob } | { readonly fault: Fault } {
    const { limits, capabilities } = this.#driver;
    const context = { limits, capabilities, nowMs: this.#clock.now(), random: this.#random };
    try {
      return { job: encodeJob(job, context) };
    } catch (error) {
      if (isFault(error)) return { fault: error.fault };
      throw error;
    }
  }

  #encodeRelease({ lease, reason, delayMs = 0, bury = false }: ReleaseRequest): DriverReleaseItem {
    const { delayMsMax } = this.#driver.limits;
    if (!isWhole(delayMs, 0, delayMsMax)) {
      throw refuse("release", "/delayMs", `must be a whole number from 0 to ${delayMsMax}`);
    }
    const said = reason.slice(0, reasonCharactersMax).toWellFormed().replaceAll("\0", "\uFFFD");
    return { ...refOf(lease), reason: said, delayMs, bury };
  }

  #checkBatch(count: number, verb: string): void {
    const { batchMax } = this.#driver.limits;
    if (count > batchMax) throw refuse(verb, "/length", `must not be more than ${batchMax}`);
  }

  #checkDuration(durationMs: number, verb: string): void {
    const { leaseMsMin, leaseMsMax } = this.#driver.limits;
    if (isWhole(durationMs, leaseMsMin, leaseMsMax)) return;
    throw refuse(verb, "/durationMs", `must be a whole number from ${leaseMsMin} to ${leaseMsMax}`);
  }

  async #operate<T>(
    verb: string,
    { signal }: Waiting,
    work: (driver: QueueDriver) => Promise<T>,
  ): Promise<T> {
    signal?.throwIfAborted();
    if (this.#isClosed) throw closedFault(`queue.${verb}`);
    const startedMs = this.#clock.monotonic();
    try {
      return await withSpan(`queue.${verb}`, {}, () => untilAborted(work(this.#driver), signal));
    } finally {
      const seconds = (this.#clock.monotonic() - startedMs) / 1000;
      recordSeconds(`bedplate_queue_${verb}_seconds`, seconds, {});
    }
  }
}

type DriverReleaseItem = Parameters<QueueDriver["release"]>[0][number];

function checkQueue(queue: string, verb: string): string {
  if (queuePattern.test(queue)) return queue;
  throw refuse(verb, "/queue", `must match ${queuePattern.source}`);
}

function refOf({ queue, id, token }: LeaseRef): LeaseRef {
  const isOurs = queuePattern.test(queue) && isName(id) && isName(token);
  return isOurs ? { queue, id, token } : foreignRef;
}

function lost(verb: string, id: string): { ok: false; id: string; fault: Fault } {
  return { ok: false, id, fault: toFault(lostLease(verb, id), `queue.${verb}`) };
}

function next<T>(values: Iterator<T>): T {
  const { value, done } = values.next();
  if (done === true) throw brokenDriver("enqueue", "it left a job out");
  return value;
}

import { type Clock, type Random, systemClock, systemRandom } from "@bedplate/clock";
import {
  type CancelAnswer,
  type DriverDeadRange,
  type DriverJob,
  type DriverLeaseRequest,
  type DriverRelease,
  type EnqueuedJob,
  type JobInfo,
  type LeasedJob,
  type LeaseRef,
  type QueueCapabilities,
  type QueueDepth,
  type QueueDriver,
  type QueueLimits,
  queueCapabilitiesFull,
  queueLimitsDefault,
  type Released,
} from "@bedplate/queue";
import type { MemoryLane } from "./memory-lane.ts";
import { MemoryPlace } from "./memory-place.ts";

/** How the jobs are kept. */
export interface MemoryQueueOptions {
  readonly clock?: Clock | undefined;
  readonly random?: Random | undefined;
  readonly limits?: Partial<QueueLimits> | undefined;
  /** In which time a waiting job gains a level of priority. */
  readonly agingMs?: number | undefined;
}

/** Opens queues that live as long as the process. */
export async function openMemoryQueue(options: MemoryQueueOptions = {}): Promise<MemoryQueue> {
  return new MemoryQueue(makePlace(options));
}

/** Makes an empty place for jobs. */
export function makePlace(options: MemoryQueueOptions): MemoryPlace {
  return new MemoryPlace({
    clock: options.clock ?? systemClock,
    random: options.random ?? systemRandom,
    limits: { ...queueLimitsDefault, ...options.limits },
    agingMs: options.agingMs ?? queueCapabilitiesFull.priorities.agingMs,
  });
}

/** Queues in the memory of a process. */
export class MemoryQueue implements QueueDriver {
  readonly limits: QueueLimits;
  readonly capabilities: QueueCapabilities;
  readonly #place: MemoryPlace;
  readonly #clock: Clock;
  readonly #listening = new DisposableStack();
  #turn = 0;

  constructor(place: MemoryPlace) {
    const { clock, limits, agingMs } = place.options;
    const priorities = { ...queueCapabilitiesFull.priorities, agingMs };
    this.#place = place;
    this.#clock = clock;
    this.limits = limits;
    this.capabilities = { ...queueCapabilitiesFull, durable: false, priorities };
  }

  /** How often two ready jobs were compared: what the order costs. */
  get comparisons(): number {
    return this.#place.comparisons;
  }

  async enqueue(queue: string, jobs: readonly DriverJob[]): Promise<readonly EnqueuedJob[]> {
    return this.#lane(queue).enqueue(jobs, this.#clock.now());
  }

  async lease({ queues, max, ...request }: DriverLeaseRequest): Promise<readonly LeasedJob[]> {
    const start = this.#turn++ % queues.length;
    const leases: LeasedJob[] = [];
    for (const queue of [...queues.slice(start), ...queues.slice(0, start)]) {
      const left = max - leases.length;
      if (left === 0) break;
      leases.push(...this.#lane(queue).lease({ ...request, max: left }, this.#clock.now()));
    }
    return leases;
  }

  async extend(refs: readonly LeaseRef[], durationMs: number): Promise<readonly (number | null)[]> {
    const now = this.#clock.now();
    return refs.map((ref) => this.#lane(ref.queue).extend(ref, durationMs, now));
  }

  async acknowledge(refs: readonly LeaseRef[]): Promise<readonly boolean[]> {
    return refs.map((ref) => this.#lane(ref.queue).acknowledge(ref, this.#clock.now()));
  }

  async release(releases: readonly DriverRelease[]): Promise<readonly Released[]> {
    return releases.map((each) => this.#lane(each.queue).release(each, this.#clock.now()));
  }

  async cancel(queue: string, id: string): Promise<CancelAnswer> {
    return this.#lane(queue).cancel(id, this.#clock.now());
  }

  async inspect(queue: string, id: string): Promise<JobInfo | null> {
    return this.#lane(queue).inspect(id, this.#clock.now());
  }

  async dead(range: DriverDeadRange): Promise<readonly JobInfo[]> {
    return this.#lane(range.queue).dead(range, this.#clock.now());
  }

  async redrive(queue: string, ids: readonly string[]): Promise<number> {
    return this.#lane(queue).redrive(ids, this.#clock.now());
  }

  async depth(queue: string): Promise<QueueDepth> {
    return this.#lane(queue).depth(this.#clock.now());
  }

  onReady(queue: string, listener: () => void): Disposable {
    const { readiness } = this.#place;
    // Each call counts by itself, though the listener may be the same.
    const call = () => listener();
    readiness.on(`in:${queue}`, call);
    const listening = { [Symbol.dispose]: () => void readiness.off(`in:${queue}`, call) };
    return this.#listening.use(listening);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#listening.dispose();
  }

  #lane(queue: string): MemoryLane {
    return this.#place.lane(queue);
  }
}

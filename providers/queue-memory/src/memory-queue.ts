import { EventEmitter } from "node:events";
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
  queueLimitsDefault,
} from "@bedplate/queue";
import { MemoryLane } from "./memory-lane.ts";

/** How the jobs are kept. */
export interface MemoryQueueOptions {
  readonly clock?: Clock | undefined;
  readonly random?: Random | undefined;
  readonly limits?: Partial<QueueLimits> | undefined;
}

/** Opens queues that live as long as the process. */
export async function openMemoryQueue(options: MemoryQueueOptions = {}): Promise<QueueDriver> {
  return new MemoryQueue(options);
}

class MemoryQueue implements QueueDriver {
  readonly limits: QueueLimits;
  readonly capabilities: QueueCapabilities = { durable: false };
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #lanes = new Map<string, MemoryLane>();
  readonly #readiness = new EventEmitter().setMaxListeners(0);
  readonly #announced = new Set<string>();
  #turn = 0;

  constructor({ clock = systemClock, random = systemRandom, limits }: MemoryQueueOptions) {
    this.#clock = clock;
    this.#random = random;
    this.limits = { ...queueLimitsDefault, ...limits };
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

  async release(
    releases: readonly DriverRelease[],
  ): Promise<readonly ("ready" | "delayed" | "dead" | null)[]> {
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
    this.#readiness.on(`in:${queue}`, listener);
    return { [Symbol.dispose]: () => this.#readiness.off(`in:${queue}`, listener) };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#lanes.clear();
    this.#readiness.removeAllListeners();
  }

  #lane(queue: string): MemoryLane {
    const found = this.#lanes.get(queue) ?? new MemoryLane(this.#context(queue));
    this.#lanes.set(queue, found);
    return found;
  }

  #context(queue: string): ConstructorParameters<typeof MemoryLane>[0] {
    return {
      queue,
      limits: this.limits,
      newToken: () => Buffer.from(this.#random.bytes(16)).toString("base64url"),
      onReady: () => this.#announce(queue),
    };
  }

  /** Calls back once, after the step: a listener that leases must not find it half done. */
  #announce(queue: string): void {
    if (this.#announced.has(queue)) return;
    this.#announced.add(queue);
    queueMicrotask(() => {
      this.#announced.delete(queue);
      this.#readiness.emit(`in:${queue}`);
    });
  }
}

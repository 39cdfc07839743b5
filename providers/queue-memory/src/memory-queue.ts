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
  queueCapabilitiesFull,
  queueLimitsDefault,
  type Released,
} from "@bedplate/queue";
import { MemoryLane } from "./memory-lane.ts";

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
  return new MemoryQueue(options);
}

/** Queues in the memory of a process. */
export class MemoryQueue implements QueueDriver {
  readonly limits: QueueLimits;
  readonly capabilities: QueueCapabilities;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #lanes = new Map<string, MemoryLane>();
  readonly #readiness = new EventEmitter().setMaxListeners(0);
  readonly #announced = new Set<string>();
  readonly #agingMs: number;
  #turn = 0;
  #comparisons = 0;

  constructor({ clock, random, limits, agingMs }: MemoryQueueOptions) {
    const { priorities } = queueCapabilitiesFull;
    this.#clock = clock ?? systemClock;
    this.#random = random ?? systemRandom;
    this.#agingMs = agingMs ?? priorities.agingMs;
    this.limits = { ...queueLimitsDefault, ...limits };
    this.capabilities = {
      ...queueCapabilitiesFull,
      durable: false,
      priorities: { ...priorities, agingMs: this.#agingMs },
    };
  }

  /** How often two ready jobs were compared: what the order costs. */
  get comparisons(): number {
    return this.#comparisons;
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
      agingMs: this.#agingMs,
      onCompare: () => this.#comparisons++,
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

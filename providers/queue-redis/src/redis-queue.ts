import { EventEmitter } from "node:events";
import { type Clock, systemRandom } from "@bedplate/clock";
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
import { isRedisError, type RedisClient, type RedisScript, type RedisValue } from "@bedplate/redis";
import { eachQueue } from "./each-queue.ts";
import { type Fields, infoOf, leaseOf } from "./replies.ts";
import {
  acknowledgeScript,
  cancelScript,
  deadScript,
  depthScript,
  enqueueScript,
  extendScript,
  inspectScript,
  leaseScript,
  redriveScript,
  releaseScript,
} from "./scripts/index.ts";
import { moreIsDue } from "./scripts/lane.ts";

/** How often a call helps to bring a queue to where it is now, 5,000 steps each time. */
const roundsMax = 1_000;

/** How the jobs are kept. */
export interface RedisQueueOptions {
  readonly client: RedisClient;
  /** What the engine is configured for. */
  readonly isDurable: boolean;
  readonly limits?: Partial<QueueLimits> | undefined;
  /** In which time a waiting job gains a level of priority. */
  readonly agingMs?: number | undefined;
  /** In place of the engine's time, for tests. */
  readonly clock?: Pick<Clock, "now"> | undefined;
}

/** Queues on one Redis server. Every method is one script per queue, which is one step of the engine. */
export class RedisQueue implements QueueDriver {
  readonly limits: QueueLimits;
  readonly capabilities: QueueCapabilities;
  readonly #client: RedisClient;
  readonly #clock: Pick<Clock, "now"> | undefined;
  readonly #agingMs: number;
  readonly #readiness = new EventEmitter().setMaxListeners(0);
  #turn = 0;

  constructor({ client, isDurable, limits, agingMs, clock }: RedisQueueOptions) {
    const { priorities } = queueCapabilitiesFull;
    this.#client = client;
    this.#clock = clock;
    this.#agingMs = agingMs ?? priorities.agingMs;
    this.limits = { ...queueLimitsDefault, ...limits };
    this.capabilities = {
      ...queueCapabilitiesFull,
      durable: isDurable,
      priorities: { ...priorities, agingMs: this.#agingMs },
    };
  }

  async enqueue(queue: string, jobs: readonly DriverJob[]): Promise<readonly EnqueuedJob[]> {
    const asked = JSON.stringify(jobs.map(askOf));
    const values = [this.#agingMs, asked, ...jobs.map(({ body }) => body)];
    const answers = await this.#run<readonly [Buffer, number][]>(enqueueScript, {
      queue,
      op: "enqueue",
      values,
    });
    const enqueued = answers.map(([id, isKnown]) => ({
      id: id.toString(),
      duplicate: isKnown === 1,
    }));
    if (enqueued.some(({ duplicate }) => !duplicate)) this.#announce(queue);
    return enqueued;
  }

  async lease({ queues, max, ...request }: DriverLeaseRequest): Promise<readonly LeasedJob[]> {
    const start = this.#turn++ % queues.length;
    const leases: LeasedJob[] = [];
    for (const queue of [...queues.slice(start), ...queues.slice(0, start)]) {
      const left = max - leases.length;
      if (left === 0) break;
      try {
        leases.push(...(await this.#leaseFrom(queue, { ...request, max: left })));
      } catch (error) {
        // What was leased already must reach its worker; the next call will meet the fault.
        if (leases.length === 0) throw error;
        break;
      }
    }
    return leases;
  }

  extend(refs: readonly LeaseRef[], durationMs: number): Promise<readonly (number | null)[]> {
    return eachQueue(refs, (queue, own) =>
      this.#run<readonly (number | null)[]>(extendScript, {
        queue,
        op: "extend",
        values: [durationMs, ...own.flatMap(({ id, token }) => [id, token])],
      }),
    );
  }

  acknowledge(refs: readonly LeaseRef[]): Promise<readonly boolean[]> {
    return eachQueue(refs, async (queue, own) => {
      const values = own.flatMap(({ id, token }) => [id, token]);
      const call = { queue, op: "acknowledge", values };
      const answers = await this.#run<readonly number[]>(acknowledgeScript, call);
      return answers.map((answer) => answer === 1);
    });
  }

  release(releases: readonly DriverRelease[]): Promise<readonly Released[]> {
    return eachQueue(releases, async (queue, own) => {
      const values = own.flatMap(({ id, token, delayMs, reason, bury }) => [
        id,
        token,
        delayMs,
        reason,
        bury ? 1 : 0,
      ]);
      const call = { queue, op: "release", values };
      const answers = await this.#run<readonly (Buffer | null)[]>(releaseScript, call);
      const released = answers.map((answer) => (answer?.toString() ?? null) as Released);
      if (released.includes("ready")) this.#announce(queue);
      return released;
    });
  }

  async cancel(queue: string, id: string): Promise<CancelAnswer> {
    const call = { queue, op: "cancel", values: [id] };
    return (await this.#run<Buffer>(cancelScript, call)).toString() as CancelAnswer;
  }

  async inspect(queue: string, id: string): Promise<JobInfo | null> {
    const call = { queue, op: "inspect", values: [id] };
    const fields = await this.#run<Fields | null>(inspectScript, call);
    return fields && infoOf(queue, fields);
  }

  async dead({ queue, after, limit }: DriverDeadRange): Promise<readonly JobInfo[]> {
    const from = after === null ? "-" : `(${after}`;
    const jobs = await this.#run<readonly Fields[]>(deadScript, {
      queue,
      op: "dead",
      values: [from, limit],
    });
    return jobs.map((fields) => infoOf(queue, fields));
  }

  async redrive(queue: string, ids: readonly string[]): Promise<number> {
    const found = await this.#run<number>(redriveScript, { queue, op: "redrive", values: ids });
    if (found > 0) this.#announce(queue);
    return found;
  }

  async depth(queue: string): Promise<QueueDepth> {
    const call = { queue, op: "depth", values: [] };
    const answer = await this.#run<readonly number[]>(depthScript, call);
    const [ready = 0, delayed = 0, leased = 0, dead = 0, oldestReadyMs = 0] = answer;
    return { ready, delayed, leased, dead, oldestReadyMs };
  }

  onReady(queue: string, listener: () => void): Disposable {
    this.#readiness.on(`in:${queue}`, listener);
    return { [Symbol.dispose]: () => this.#readiness.off(`in:${queue}`, listener) };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#client[Symbol.asyncDispose]();
    this.#readiness.removeAllListeners();
  }

  async #leaseFrom(
    queue: string,
    { max, durationMs, worker }: Omit<DriverLeaseRequest, "queues">,
  ): Promise<readonly LeasedJob[]> {
    const values = [max, durationMs, worker, systemRandom.bytes(24)];
    const call = { queue, op: "lease", values };
    const jobs = await this.#run<readonly Fields[]>(leaseScript, call);
    return jobs.map((fields) => leaseOf(queue, fields));
  }

  /** All scripts write, if only what is due. */
  async #run<Reply>(
    script: RedisScript,
    call: { readonly queue: string; readonly op: string; readonly values: readonly RedisValue[] },
  ): Promise<Reply> {
    const { retainMs, deadRetainMs } = this.limits;
    // In braces: what all keys of a queue share is what places them on one server of a cluster.
    const keys = [this.#client.key(`{${call.queue}}:`)];
    const values = [this.#clock?.now() ?? "", retainMs, deadRetainMs, ...call.values];
    const options = { op: `queue.${call.op}` };
    for (let round = 1; ; round++) {
      try {
        return await this.#client.write<Reply>({ script, keys, values }, options);
      } catch (error) {
        if (!isRedisError(error, moreIsDue) || round === roundsMax) throw error;
      }
    }
  }

  #announce(queue: string): void {
    this.#readiness.emit(`in:${queue}`);
  }
}

/** What the script has to know of a job; what is null is left out. */
function askOf(job: DriverJob): Readonly<Record<string, unknown>> {
  const { id, priority, attemptsMax, notBefore, expiresAt, group, dedupe } = job;
  return {
    id,
    priority,
    attemptsMax,
    ...(notBefore !== null && { notBefore }),
    ...(expiresAt !== null && { expiresAt }),
    ...(group !== null && { group }),
    ...(dedupe !== null && { key: dedupe.key, windowMs: dedupe.windowMs }),
  };
}

/** One job as drivers get it: checked, copied, with every default filled in. */
export interface DriverJob {
  readonly id: string;
  readonly body: Uint8Array;
  /** 0 to 9; higher is leased first. */
  readonly priority: number;
  /** Not leased before this instant; null means at once. */
  readonly notBefore: number | null;
  readonly attemptsMax: number;
}

/** Proves that one holds a job: the token is fresh for each lease, and cannot be guessed. */
export interface LeaseRef {
  readonly queue: string;
  readonly id: string;
  readonly token: string;
}

/** A job that its holder may work on until `until`, by the queue's clock. */
export interface LeasedJob extends LeaseRef {
  readonly body: Uint8Array;
  readonly priority: number;
  /** 1 for the first lease. */
  readonly attempt: number;
  readonly attemptsMax: number;
  readonly until: number;
  readonly enqueuedAt: number;
  /** Why the attempt before ended; null for the first. */
  readonly lastReason: string | null;
}

/** Where a job is. */
export type JobState = "ready" | "delayed" | "leased" | "done" | "dead" | "cancelled";

/** What is known about a job. */
export interface JobInfo {
  readonly id: string;
  readonly queue: string;
  readonly state: JobState;
  readonly priority: number;
  /** How often it was leased. */
  readonly attempts: number;
  readonly attemptsMax: number;
  readonly enqueuedAt: number;
  /** Who holds it, or held it last; null before the first lease. */
  readonly worker: string | null;
  /** When the lease ends, while it is leased. */
  readonly until: number | null;
  readonly lastReason: string | null;
  /** When it became done, dead or cancelled. */
  readonly settledAt: number | null;
}

/** How many jobs of a queue are where. */
export interface QueueDepth {
  readonly ready: number;
  readonly delayed: number;
  readonly leased: number;
  readonly dead: number;
  /** How long the oldest ready job has been ready to run; 0 when there is none. */
  readonly oldestReadyMs: number;
}

/** What became of a cancel: a held lease is never revoked. */
export type CancelAnswer = "cancelled" | "leased" | "finished" | "unknown";

/** Exact bounds: the limit passes, one more is refused. */
export interface QueueLimits {
  readonly bodyBytesMax: number;
  /** Jobs per call. */
  readonly batchMax: number;
  readonly leaseMsMin: number;
  readonly leaseMsMax: number;
  readonly delayMsMax: number;
  /** A ready job gains one level of priority in this time, so that none waits for ever. */
  readonly agingMs: number;
  /** How long a done or cancelled job is remembered; its id is taken until then. */
  readonly retainMs: number;
  /** How long a dead job waits to be redriven. */
  readonly deadRetainMs: number;
}

/** What a driver promises beyond the contract's laws. */
export interface QueueCapabilities {
  /** An acknowledged call survives the death of the process. */
  readonly durable: boolean;
}

/** A lease asked for. */
export interface DriverLeaseRequest {
  /** In the order in which to look; the driver starts at a different one each time. */
  readonly queues: readonly string[];
  readonly max: number;
  readonly durationMs: number;
  readonly worker: string;
}

/** A job given back. */
export interface DriverRelease extends LeaseRef {
  readonly delayMs: number;
  readonly reason: string;
  /** Makes it dead whatever attempts are left. */
  readonly bury: boolean;
}

/** Dead jobs, latest id last. */
export interface DriverDeadRange {
  readonly queue: string;
  readonly after: string | null;
  readonly limit: number;
}

/** What happened to an id that was enqueued. */
export interface EnqueuedJob {
  readonly id: string;
  /** True when the queue already knew the id; nothing was added then. */
  readonly duplicate: boolean;
}

/**
 * What a technology implements to queue work. `WorkQueue` has checked every argument. Answers are in
 * the order of the items; null or false means that the lease is not held any more. All methods may
 * be called at once, by many processes; time is the driver's clock.
 */
export interface QueueDriver extends AsyncDisposable {
  readonly limits: QueueLimits;
  readonly capabilities: QueueCapabilities;
  enqueue(queue: string, jobs: readonly DriverJob[]): Promise<readonly EnqueuedJob[]>;
  /** Never waits: empty when nothing is ready. */
  lease(request: DriverLeaseRequest): Promise<readonly LeasedJob[]>;
  /** Sets the end to now plus `durationMs`, and answers it. */
  extend(refs: readonly LeaseRef[], durationMs: number): Promise<readonly (number | null)[]>;
  acknowledge(refs: readonly LeaseRef[]): Promise<readonly boolean[]>;
  release(
    releases: readonly DriverRelease[],
  ): Promise<readonly ("ready" | "delayed" | "dead" | null)[]>;
  cancel(queue: string, id: string): Promise<CancelAnswer>;
  inspect(queue: string, id: string): Promise<JobInfo | null>;
  /** Dead jobs in the order of their ids. */
  dead(range: DriverDeadRange): Promise<readonly JobInfo[]>;
  /** Makes dead jobs ready with all their attempts; answers how many it found dead. */
  redrive(queue: string, ids: readonly string[]): Promise<number>;
  depth(queue: string): Promise<QueueDepth>;
  /** Calls back when this process made jobs ready. May miss some; workers poll as well. */
  onReady(queue: string, listener: () => void): Disposable;
}

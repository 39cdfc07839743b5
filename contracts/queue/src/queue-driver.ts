/** One job as drivers get it: checked, copied, with every default filled in. */
export interface DriverJob {
  readonly id: string;
  readonly body: Uint8Array;
  /** 0 to `levels` - 1; higher is leased first. 0 when the driver declares no priorities. */
  readonly priority: number;
  /** Not leased before this instant; null means at once. */
  readonly notBefore: number | null;
  /** Dead when it still waits at this instant; null means never. */
  readonly expiresAt: number | null;
  readonly attemptsMax: number;
  /** Jobs of a group are leased one at a time, in the order in which they came. */
  readonly group: string | null;
  readonly dedupe: Dedupe | null;
}

/** Jobs with the same key are one job while the first one's window is open. */
export interface Dedupe {
  readonly key: string;
  /** Counted from the enqueue of the job that was added; it closes exactly then, whatever became of the job. */
  readonly windowMs: number;
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
  readonly group: string | null;
  /** Why the attempt before ended; null for the first. */
  readonly lastReason: string | null;
}

/** Where a job is. One that waits for its turn in its group is delayed. */
export type JobState = "ready" | "delayed" | "leased" | "done" | "dead" | "cancelled";

/** One lease of a job, from its beginning to its end. */
export interface Attempt {
  readonly worker: string;
  readonly from: number;
  /** Null while it goes on. */
  readonly to: number | null;
  readonly end: "open" | "acknowledged" | "released" | "expired";
  /** What the holder said when it gave the job back. */
  readonly reason: string | null;
}

/** What is known about a job. */
export interface JobInfo {
  readonly id: string;
  readonly queue: string;
  readonly state: JobState;
  readonly priority: number;
  /** How often it was leased, since it was enqueued or redriven. */
  readonly attempts: number;
  readonly attemptsMax: number;
  /** All of these attempts, in order. */
  readonly history: readonly Attempt[];
  readonly enqueuedAt: number;
  readonly expiresAt: number | null;
  readonly group: string | null;
  /** Who holds it, or held it last; null before the first lease. */
  readonly worker: string | null;
  /** When the lease ends, while it is leased. */
  readonly until: number | null;
  /** Why it was given back or died: what a holder said, `lease expired` or `expired`. */
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
  readonly attemptsMaxMax: number;
  /** How long a done or cancelled job is remembered; its id is taken until then. */
  readonly retainMs: number;
  /** How long a dead job waits to be redriven. */
  readonly deadRetainMs: number;
}

/** What a driver promises beyond the laws that bind all; what is absent is refused. */
export interface QueueCapabilities {
  /** An acknowledged call survives the death of the process. */
  readonly durable: boolean;
  /** Jobs may name a group. */
  readonly groups?: true | undefined;
  /** A ready job gains one level in `agingMs`, so that none waits for ever. */
  readonly priorities?: { readonly levels: number; readonly agingMs: number } | undefined;
  /** Jobs may name a key under which they are one. */
  readonly dedupe?: { readonly windowMsMax: number } | undefined;
  /** `onReady` gives hints. */
  readonly notify?: true | undefined;
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

/** Where a released job went; null when the lease was lost. */
export type Released = "ready" | "delayed" | "dead" | null;

/** Dead jobs, latest id last. */
export interface DriverDeadRange {
  readonly queue: string;
  readonly after: string | null;
  readonly limit: number;
}

/** What happened to a job that was enqueued. */
export interface EnqueuedJob {
  /** Its own id, or that of the job that holds its dedupe key. */
  readonly id: string;
  /** True when the queue already knew the id or the key; nothing was added then. */
  readonly duplicate: boolean;
}

/**
 * What a technology implements to queue work. `WorkQueue` has checked every argument against limits
 * and capabilities. Answers are in the order of the items; null or false means that the lease is not
 * held any more. All methods may be called at once, by many processes; time is the driver's clock.
 * When contact breaks after a write was sent, the fault is `provider.indeterminate`.
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
  release(releases: readonly DriverRelease[]): Promise<readonly Released[]>;
  cancel(queue: string, id: string): Promise<CancelAnswer>;
  inspect(queue: string, id: string): Promise<JobInfo | null>;
  /** Dead jobs in the order of their ids, by bytes. */
  dead(range: DriverDeadRange): Promise<readonly JobInfo[]>;
  /** Makes dead jobs ready with all their attempts; answers how many it found dead. */
  redrive(queue: string, ids: readonly string[]): Promise<number>;
  depth(queue: string): Promise<QueueDepth>;
  /** Calls back when this process made jobs ready. May miss some; workers poll as well. Goes with `notify`. */
  onReady?(queue: string, listener: () => void): Disposable;
}

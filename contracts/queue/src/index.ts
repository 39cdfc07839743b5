export type { NewJob } from "./job-request.ts";
export { infoOfRow, type JobRow, type LeasedJobRow, leaseOfRow } from "./job-row.ts";
export type {
  Attempt,
  CancelAnswer,
  Dedupe,
  DriverDeadRange,
  DriverJob,
  DriverLeaseRequest,
  DriverRelease,
  EnqueuedJob,
  JobInfo,
  JobState,
  LeasedJob,
  LeaseRef,
  QueueCapabilities,
  QueueDepth,
  QueueDriver,
  QueueLimits,
  Released,
} from "./queue-driver.ts";
export { queueCapabilitiesFull, queueLimitsDefault } from "./queue-limits.ts";
export { WorkQueue } from "./work-queue.ts";
export type {
  DeadPage,
  Enqueued,
  Extended,
  LeaseRequest,
  ReleaseRequest,
  Settled,
  Waiting,
  WorkQueueOptions,
} from "./work-requests.ts";

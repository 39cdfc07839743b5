export type { NewJob } from "./job-request.ts";
export type {
  CancelAnswer,
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
} from "./queue-driver.ts";
export { queueLimitsDefault } from "./queue-limits.ts";
export {
  type DeadPage,
  type Enqueued,
  type Extended,
  type LeaseRequest,
  type ReleaseRequest,
  type Settled,
  type Waiting,
  WorkQueue,
  type WorkQueueOptions,
} from "./work-queue.ts";

import type { BlobStore } from "@bedplate/blob";
import type { Clock, Random } from "@bedplate/clock";
import type { WorkQueue } from "@bedplate/queue";
import type { Registry } from "@bedplate/registry";
import type { StateStore } from "@bedplate/state";
import type { Log } from "@bedplate/telemetry";
import type { Artifacts } from "./artifacts.ts";

/** Limits of this replica. */
export interface RunLimits {
  /** Runs that execute at once. */
  readonly concurrentMax: number;
  /** Runs of callers that wait for their turn; one more is refused. */
  readonly waitingMax: number;
  /** Runs that were accepted and have not ended, over all projects; one more is refused. */
  readonly openMax: number;
}

/** What bounds a project; the composition root reads it from `core/access`. */
export interface ProjectQuota {
  readonly concurrentRunsMax: number;
}

/** What the package is built from. */
export interface RunsModules {
  /** Names this replica to the others. */
  readonly replica: string;
  readonly state: StateStore;
  readonly blobs: BlobStore;
  readonly queue: WorkQueue;
  readonly registry: Registry;
  readonly artifacts: Artifacts;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly limits: RunLimits;
  readonly quotaOf: (project: string) => Promise<ProjectQuota>;
}

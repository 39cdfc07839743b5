import type { Clock } from "@bedplate/clock";
import type { Call } from "@bedplate/environment";
import { describePlugin } from "@bedplate/environment/wire";
import type { Mount } from "./mount.ts";
import { PooledMount } from "./pooled-mount.ts";
import type { RestartPolicy } from "./restart-policy.ts";
import { openWorkerCell, type WorkerCellOptions } from "./worker-cell.ts";

export interface MountInWorkerOptions extends WorkerCellOptions {
  /** How many threads one environment is spread over. Default: 1. */
  readonly workers?: number | undefined;
  readonly restarts?: Partial<RestartPolicy> | undefined;
  readonly clock?: Clock | undefined;
}

/** Most worker threads of one environment. */
export const workersMax = 64;

/** Mounts a plug-in in worker threads; a thread whose guest overruns is ended and replaced. */
export async function mountInWorker(options: MountInWorkerOptions, call: Call): Promise<Mount> {
  const { workers = 1, restarts, clock } = options;
  const openCell = async () => openWorkerCell(options);
  const first = await openCell();
  try {
    const manifest = await describePlugin(first.channel, call);
    const cells = Math.max(1, Math.min(workers, workersMax));
    return new PooledMount({ manifest, where: "worker", openCell, cells, first, restarts, clock });
  } catch (error) {
    first.kill("it could not be described");
    await first.ended;
    throw error;
  }
}

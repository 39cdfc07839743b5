import type { Clock } from "@bedplate/clock";
import type { Call, Manifest } from "@bedplate/environment";
import { describePlugin } from "@bedplate/environment/wire";
import { raise } from "@bedplate/errors";
import type { Mount } from "./mount.ts";
import { PooledMount } from "./pooled-mount.ts";
import { openProcessCell, type ProcessCell, type ProcessCellOptions } from "./process-cell.ts";
import type { RestartPolicy } from "./restart-policy.ts";

export interface MountInProcessOptions extends ProcessCellOptions {
  /** How many processes one environment is spread over. Default: 1. */
  readonly processes?: number | undefined;
  readonly restarts?: Partial<RestartPolicy> | undefined;
  readonly clock?: Clock | undefined;
}

/** Most processes of one environment. */
export const processesMax = 64;

/** Mounts a plug-in, in any language, in child processes; one whose guest overruns is killed and replaced. */
export async function mountInProcess(options: MountInProcessOptions, call: Call): Promise<Mount> {
  const { processes = 1, restarts, clock } = options;
  const first = await openProcessCell(options);
  try {
    const manifest = await describePlugin(first.channel, call);
    demandSameBuild(first, manifest);
    const openCell = () => openSame(options, manifest);
    const cells = Math.max(1, Math.min(processes, processesMax));
    return new PooledMount({ manifest, where: "process", openCell, cells, first, restarts, clock });
  } catch (error) {
    first.kill("it could not be described");
    await first.ended;
    throw error;
  }
}

async function openSame(options: ProcessCellOptions, manifest: Manifest): Promise<ProcessCell> {
  const cell = await openProcessCell(options);
  try {
    demandSameBuild(cell, manifest);
    return cell;
  } catch (error) {
    cell.kill("it is another build");
    await cell.ended;
    throw error;
  }
}

/** What runs is what was mounted: the file behind the command may have changed meanwhile. */
function demandSameBuild({ greeting }: ProcessCell, { plugin }: Manifest): void {
  const { build } = greeting.process;
  if (build === plugin.build) return;
  throw raise("digest.mismatch", {
    op: "environment.mount",
    blame: "plugin",
    detail: { expected: plugin.build, actual: build },
    message: `Cannot mount ${plugin.name}: the process that greeted is another build`,
  });
}

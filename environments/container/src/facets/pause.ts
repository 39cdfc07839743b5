import type { PauseDriver } from "@bedplate/environment";
import { hostTimeoutMs } from "../machine/ground.ts";
import type { Machine } from "../machine/machine.ts";

/**
 * The freezer of the machine's cgroup. The record is written before it thaws and after it stands: one
 * whose record does not say that it is paused may go on.
 */
export function pauseOf(machine: Machine): PauseDriver {
  const { cgroup, turns } = machine;
  return {
    pause: () =>
      turns.take(async () => {
        await cgroup.freeze({ timeoutMs: hostTimeoutMs });
        if (machine.record.pausedAt === undefined) machine.note({ pausedAt: Date.now() });
      }),
    resume: () =>
      turns.take(async () => {
        if (machine.record.pausedAt !== undefined) machine.note({ pausedAt: undefined });
        cgroup.thaw();
      }),
  };
}

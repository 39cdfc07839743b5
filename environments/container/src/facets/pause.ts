import type { PauseDriver } from "@bedplate/environment";
import { hostTimeoutMs } from "../machine/ground.ts";
import type { Machine } from "../machine/machine.ts";

/** The freezer of the machine's cgroup. The record is written before it thaws and after it stands. */
export function pauseOf(machine: Machine): PauseDriver {
  return {
    async pause() {
      await machine.cgroup.freeze({ timeoutMs: hostTimeoutMs });
      if (machine.record.pausedAt === undefined) machine.note({ pausedAt: Date.now() });
    },
    async resume() {
      machine.cgroup.thaw();
      if (machine.record.pausedAt !== undefined) machine.note({ pausedAt: undefined });
    },
  };
}

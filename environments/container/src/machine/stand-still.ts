import { raise } from "@bedplate/errors";
import { hostTimeoutMs } from "./ground.ts";
import type { Machine } from "./machine.ts";

/** What makes one machine stand or go on, one after the other. */
export class Turns {
  #last: Promise<unknown> = Promise.resolve();

  /** Does the work when all that came before is done; the outcome is the work's own. */
  take<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#last.then(work);
    this.#last = turn.catch(() => {});
    return turn;
  }
}

/**
 * Does something while a machine stands still; afterwards it runs or pauses as its record says. Fails
 * with `resource.busy` where somebody, who stops it, let it go on meanwhile.
 */
export function whileStanding<T>(machine: Machine, work: () => Promise<T>): Promise<T> {
  const { cgroup } = machine;
  return machine.turns.take(async () => {
    try {
      await cgroup.freeze({ timeoutMs: hostTimeoutMs });
      const done = await work();
      if (!cgroup.isFrozen()) throw wentOn(machine.record.id);
      return done;
    } finally {
      if (machine.record.pausedAt === undefined) cgroup.thaw();
    }
  });
}

function wentOn(id: string): Error {
  return raise("resource.busy", {
    op: "instance.snapshot",
    detail: { type: "machine", id, by: "its end" },
    message: "Cannot capture the machine: it was stopped meanwhile",
    effect: "none",
  });
}

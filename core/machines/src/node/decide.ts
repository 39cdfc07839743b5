import type { Machine } from "../machine.ts";

/** What a node finds of a machine's instance. */
export type Seen =
  /** There is none, and none is on record. */
  | { readonly kind: "none" }
  | { readonly kind: "alive"; readonly phase: "created" | "running" | "paused" }
  /** Its guest is over, what it held may still be there. */
  | { readonly kind: "ended" }
  /** One is on record, and the environment knows nothing of it. */
  | { readonly kind: "lost" };

/** What a node does next for a machine. */
export type Step =
  | "nothing"
  /** Write down that it is as it is wanted. */
  | "tell-running"
  | "tell-paused"
  | "tell-stopped"
  | "tell-deleted"
  | "create"
  | "start"
  | "pause"
  | "resume"
  /** Keep the disk, end it, release it. */
  | "halt"
  /** End and release it. */
  | "destroy"
  /** Release what is left and begin again. */
  | "restart"
  /** Release what is left and say that it failed. */
  | "fail"
  /** Keep what can be kept, end it here, and let another node have it. */
  | "move";

/** A machine that ran so long has shown that it can: restarts are counted anew. */
export const steadyMs: number = 10 * 60_000;

/** The next step on the way from what is to what is wanted: one at a time, none that hurts a healthy machine. */
export function decide(
  machine: Machine,
  seen: Seen,
  options: {
    readonly now: number;
    /** Its node gives up its machines, and this one can be moved. */
    readonly isLeaving?: boolean | undefined;
  },
): Step {
  const { now, isLeaving = false } = options;
  const { desired, observed, generation } = machine;
  if (desired === "deleted") return ending(seen, "tell-deleted");
  if (observed.state === "failed" && observed.generation >= generation) return "nothing";
  if (desired === "stopped") {
    if (seen.kind === "alive" && seen.phase !== "created") return "halt";
    return observed.state === "stopped" && seen.kind === "none" && observed.generation >= generation
      ? "nothing"
      : ending(seen, "tell-stopped");
  }
  if (isLeaving && (seen.kind === "none" || seen.kind === "alive")) return "move";
  if (seen.kind === "none") return "create";
  if (seen.kind === "ended" || seen.kind === "lost") {
    return mayRestart(machine, now) ? "restart" : "fail";
  }
  return towards(machine, { phase: seen.phase, desired });
}

/** Restarts in a row that count at this instant. */
export function restartsOf({ restarts, startedAt }: Machine, now: number): number {
  return startedAt !== undefined && now - startedAt > steadyMs ? 0 : restarts;
}

function ending(seen: Seen, tell: "tell-stopped" | "tell-deleted"): Step {
  return seen.kind === "alive" || seen.kind === "ended" ? "destroy" : tell;
}

function towards(
  { observed, generation }: Machine,
  seen: {
    readonly phase: "created" | "running" | "paused";
    readonly desired: "running" | "paused";
  },
): Step {
  const { phase, desired } = seen;
  if (phase === "created") return "start";
  if (phase !== desired) return desired === "running" ? "resume" : "pause";
  const isTold = observed.state === desired && observed.generation >= generation;
  if (isTold) return "nothing";
  return desired === "running" ? "tell-running" : "tell-paused";
}

function mayRestart(machine: Machine, now: number): boolean {
  const { when, max } = machine.restart;
  // One that never ran has no fault of its own to get over.
  return when === "on-failure" && restartsOf(machine, now) < max;
}

import { raise } from "@bedplate/errors";
import type { Machine } from "./machine.ts";

/** What cannot be done to a machine as it is. */
export function illegal({ id, observed, desired }: Machine, verb: string): Error {
  const phase = desired === "deleted" ? "deleted" : observed.state;
  const reason = observed.fault === undefined ? phase : `${phase}: ${observed.fault.code}`;
  return raise("phase.illegal", {
    op: `machines.${verb}`,
    subject: `machine/${id}`,
    detail: { op: verb, phase },
    message: `Cannot ${verb} machine/${id}: it is ${reason}`,
  });
}

/** A machine that is on its way for too long. */
export function overdue({ id, observed }: Machine, afterMs: number): Error {
  return raise("deadline.exceeded", {
    op: "machines.reach",
    subject: `machine/${id}`,
    effect: "none",
    detail: { afterMs },
    message: `Cannot reach machine/${id}: it is still ${observed.state} after ${afterMs} ms`,
  });
}

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

/** A fork of none, or of too many. */
export function badCount(countMax: number): Error {
  return raise("argument.invalid", {
    op: "machines.fork",
    detail: { path: "/count", rule: `must be a whole number from 1 to ${countMax}` },
    message: `Cannot fork the machine: /count must be a whole number from 1 to ${countMax}`,
  });
}

/** A slot whose machines cannot stand still. */
export function undeclaredPause(slot: string): Error {
  return raise("capability.undeclared", {
    op: "machines.pause",
    subject: `slot/${slot}`,
    detail: { facet: "pause" },
    message: `Cannot pause the machine: the environment of slot/${slot} does not declare pause`,
  });
}

import { admissionCases } from "./admission.ts";
import { attemptCases } from "./attempts.ts";
import { concurrencyCases } from "./concurrency.ts";
import { engineFaultCases } from "./engine-faults.ts";
import { groupCases } from "./groups.ts";
import { leaseCases } from "./leasing.ts";
import { lifecycleCases } from "./lifecycle.ts";
import { orderCases } from "./ordering.ts";
import type { QueueCase } from "./queue-case.ts";

export { contactMutants } from "./contact-mutants.ts";
export { queueMutants } from "./mutants.ts";
export type { Crashed, QueueCase, QueueClock, QueueKit, Stalled } from "./queue-case.ts";
export { workUntilKilled } from "./work-until-killed.ts";
export { workWhileStalled } from "./work-while-stalled.ts";

/** The contract as cases: every queue passes each one that its capabilities select. */
export const queueConformance: readonly QueueCase[] = [
  ...leaseCases,
  ...attemptCases,
  ...orderCases,
  ...admissionCases,
  ...groupCases,
  ...lifecycleCases,
  ...concurrencyCases,
  ...engineFaultCases,
];

import { attemptCases } from "./attempts.ts";
import { leaseCases } from "./leasing.ts";
import { lifecycleCases, orderCases } from "./ordering.ts";
import type { QueueCase } from "./queue-case.ts";

export { queueMutants } from "./mutants.ts";
export type { Crashed, QueueCase, QueueKit } from "./queue-case.ts";
export { workUntilKilled } from "./work-until-killed.ts";

/** The contract as cases: every queue passes each one that its capabilities select. */
export const queueConformance: readonly QueueCase[] = [
  ...leaseCases,
  ...attemptCases,
  ...orderCases,
  ...lifecycleCases,
];

import { compareAndSetCases } from "./compare-and-set.ts";
import { consistencyCases, durabilityCases } from "./consistency.ts";
import { idempotencyCases } from "./idempotency.ts";
import type { StateCase } from "./state-case.ts";
import { valueCases } from "./values.ts";
import { watchCases } from "./watching.ts";

export { writeUntilKilled } from "./consistency.ts";
export { stateMutants } from "./mutants.ts";
export type { Crashed, StateCase, StateKit } from "./state-case.ts";

/** The contract as cases: every store passes each one that its capabilities select. */
export const stateConformance: readonly StateCase[] = [
  ...valueCases,
  ...compareAndSetCases,
  ...idempotencyCases,
  ...consistencyCases,
  ...watchCases,
  ...durabilityCases,
];

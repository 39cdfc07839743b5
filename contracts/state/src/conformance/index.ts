import { compareAndSetCases } from "./compare-and-set.ts";
import { consistencyCases } from "./consistency.ts";
import { contactCases } from "./contact.ts";
import { durabilityCases } from "./durability.ts";
import { expiryCases } from "./expiry.ts";
import { idempotencyCases } from "./idempotency.ts";
import { snapshotCases } from "./snapshots.ts";
import type { StateCase } from "./state-case.ts";
import { valueCases } from "./values.ts";
import { watchCases } from "./watching.ts";

export { durableStateMutants, stateMutants } from "./mutants.ts";
export type { Crashed, StateCase, StateClock, StateKit } from "./state-case.ts";
export { type OpenedStore, openStateSubject, type StateSubject } from "./state-subject.ts";
export { writeUntilKilled } from "./write-until-killed.ts";

/** The contract as cases: every store passes each one that its capabilities select. */
export const stateConformance: readonly StateCase[] = [
  ...valueCases,
  ...compareAndSetCases,
  ...idempotencyCases,
  ...consistencyCases,
  ...snapshotCases,
  ...watchCases,
  ...expiryCases,
  ...contactCases,
  ...durabilityCases,
];

import type { Mutant } from "@bedplate/conformance";
import type { QueueDriver } from "../queue-driver.ts";
import { admissionMutants } from "./admission-mutants.ts";
import { boundMutants } from "./bound-mutants.ts";
import { leaseMutants } from "./lease-mutants.ts";
import { reportMutants } from "./report-mutants.ts";

/** Drivers that each break one law; the suite must notice every one. */
export const queueMutants: readonly Mutant<QueueDriver>[] = [
  ...leaseMutants,
  ...admissionMutants,
  ...boundMutants,
  ...reportMutants,
];

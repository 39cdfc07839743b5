import { batchMutants } from "./batch-mutants.ts";
import { boundaryMutants } from "./boundary-mutants.ts";
import { conductMutants } from "./conduct-mutants.ts";
import { execMutants } from "./exec-mutants.ts";
import { facetMutants } from "./facet-mutants.ts";
import { filesMutants } from "./files-mutants.ts";
import { invokeMutants } from "./invoke-mutants.ts";
import { layerMutants } from "./layer-mutants.ts";
import { lifeMutants } from "./life-mutants.ts";
import { lifecycleMutants } from "./lifecycle-mutants.ts";
import type { Mutant } from "./mutant.ts";
import { negotiationMutants } from "./negotiation-mutants.ts";
import { networkMutants } from "./network-mutants.ts";
import { openingMutants } from "./opening-mutants.ts";
import { recoveryMutants } from "./recovery-mutants.ts";
import { snapshotMutants } from "./snapshot-mutants.ts";
import { volumeMutants } from "./volume-mutants.ts";

/** Every defect that the suite has to notice. */
export const mutants: readonly Mutant[] = [
  ...openingMutants,
  ...lifecycleMutants,
  ...recoveryMutants,
  ...conductMutants,
  ...invokeMutants,
  ...batchMutants,
  ...boundaryMutants,
  ...facetMutants,
  ...execMutants,
  ...filesMutants,
  ...networkMutants,
  ...lifeMutants,
  ...snapshotMutants,
  ...layerMutants,
  ...volumeMutants,
  ...negotiationMutants,
];

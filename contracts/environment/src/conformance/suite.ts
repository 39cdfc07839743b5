import { batchCases } from "./batch-cases.ts";
import { conductCases } from "./conduct-cases.ts";
import type { ConformanceCase } from "./conformance-case.ts";
import { environmentCases } from "./environment-cases.ts";
import { errorCases } from "./error-cases.ts";
import { invokeCases } from "./invoke-cases.ts";
import { invokeLimitCases } from "./invoke-limit-cases.ts";
import { lifecycleCases } from "./lifecycle-cases.ts";
import { execCases } from "./machine/exec-cases.ts";
import { execLifeCases } from "./machine/exec-life-cases.ts";
import { filesCases } from "./machine/files-cases.ts";
import { lifeCases } from "./machine/life-cases.ts";
import { networkCases } from "./machine/network-cases.ts";
import { snapshotCases } from "./machine/snapshot-cases.ts";
import { volumeCases } from "./machine/volume-cases.ts";
import { negotiationCases } from "./negotiation-cases.ts";
import { observeCases } from "./observe-cases.ts";
import { recoveryCases } from "./recovery-cases.ts";
import { rewindCases } from "./rewind-cases.ts";

/** Every case of the contract, group by group, in the order of their ids. */
export const conformanceCases: readonly ConformanceCase[] = [
  ...environmentCases,
  ...lifecycleCases,
  ...recoveryCases,
  ...conductCases,
  ...invokeCases,
  ...invokeLimitCases,
  ...batchCases,
  ...rewindCases,
  ...observeCases,
  ...execCases,
  ...execLifeCases,
  ...filesCases,
  ...networkCases,
  ...lifeCases,
  ...snapshotCases,
  ...volumeCases,
  ...negotiationCases,
  ...errorCases,
];

import type { CacheCase } from "./cache-case.ts";
import { claimCases } from "./claims.ts";
import { conditionCases } from "./conditions.ts";
import { counterCases } from "./counters.ts";
import { expiryCases } from "./expiry.ts";
import { failureCases } from "./failures.ts";
import { fillingCases } from "./filling.ts";
import { forgettingCases } from "./forgetting.ts";
import { tagCases } from "./tags.ts";
import { valueCases } from "./values.ts";

export type { CacheCase, CacheKit } from "./cache-case.ts";
export { claimUntilKilled } from "./claims.ts";
export { cacheMutants } from "./mutants.ts";

/** The contract as cases: every cache passes each one that its capabilities select. */
export const cacheConformance: readonly CacheCase[] = [
  ...valueCases,
  ...expiryCases,
  ...conditionCases,
  ...claimCases,
  ...counterCases,
  ...tagCases,
  ...forgettingCases,
  ...failureCases,
  ...fillingCases,
];

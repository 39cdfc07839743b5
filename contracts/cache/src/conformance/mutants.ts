import type { Mutant } from "@bedplate/conformance";
import type { CacheDriver } from "../cache-driver.ts";
import { claimMutants } from "./mutants-of-claims.ts";
import { entryMutants } from "./mutants-of-entries.ts";
import { writeMutants } from "./mutants-of-writes.ts";

/** Drivers that each break one law; the suite must notice every one. */
export const cacheMutants: readonly Mutant<CacheDriver>[] = [
  ...entryMutants,
  ...writeMutants,
  ...claimMutants,
];

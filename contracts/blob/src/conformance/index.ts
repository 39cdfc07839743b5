import type { BlobCase } from "./blob-case.ts";
import { bodyCases } from "./bodies.ts";
import { nameCases } from "./naming.ts";
import { durabilityCases, readCases } from "./reading.ts";

export type { BlobCase, BlobKit, Crashed } from "./blob-case.ts";
export { blobMutants } from "./mutants.ts";
export { putUntilKilled } from "./reading.ts";

/** The contract as cases: every store passes each one that its capabilities select. */
export const blobConformance: readonly BlobCase[] = [
  ...bodyCases,
  ...readCases,
  ...nameCases,
  ...durabilityCases,
];

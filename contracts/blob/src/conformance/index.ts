import { attributeCases } from "./attributes.ts";
import type { BlobCase } from "./blob-case.ts";
import { bodyCases } from "./bodies.ts";
import { conditionCases } from "./conditions.ts";
import { contactCases } from "./contact.ts";
import { copyCases } from "./copying.ts";
import { durabilityCases } from "./durability.ts";
import { nameCases } from "./naming.ts";
import { readCases } from "./reading.ts";
import { referenceCases } from "./references.ts";
import { signingCases } from "./signing.ts";
import { uploadCases } from "./uploads.ts";
import { visibilityCases } from "./visibility.ts";

export { type BlobCase, type BlobKit, type Crashed, uploadBytes } from "./blob-case.ts";
export { putUntilKilled } from "./durability.ts";
export { blobMutants } from "./mutants.ts";

/** The contract as cases: every store passes each one that its capabilities select. */
export const blobConformance: readonly BlobCase[] = [
  ...bodyCases,
  ...visibilityCases,
  ...conditionCases,
  ...readCases,
  ...attributeCases,
  ...nameCases,
  ...copyCases,
  ...uploadCases,
  ...signingCases,
  ...referenceCases,
  ...durabilityCases,
  ...contactCases,
];

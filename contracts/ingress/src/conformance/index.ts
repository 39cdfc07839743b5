import { desiredCases } from "./desired.ts";
import { failingCases } from "./failing.ts";
import { hygieneCases } from "./hygiene.ts";
import type { IngressCase } from "./ingress-case.ts";
import { matchingCases } from "./matching.ts";
import { optionCases } from "./options.ts";
import { servingCases } from "./serving.ts";
import { streamingCases } from "./streaming.ts";
import { tlsCases } from "./tls.ts";
import { tlsPassingCases } from "./tls-passing.ts";
import { weightCases } from "./weights.ts";

export type {
  CertificateControl,
  CrashedIngress,
  IngressCase,
  IngressKit,
} from "./ingress-case.ts";
export { type Lagging, withLaggard } from "./laggard.ts";
export { ingressMutants } from "./mutants/index.ts";
export type { BrokenPlane, IngressMutant } from "./mutants/ingress-mutant.ts";
export { applyUntilKilled } from "./serving.ts";

/** The contract as cases: every ingress passes each one that its capabilities select. */
export const ingressConformance: readonly IngressCase[] = [
  ...desiredCases,
  ...servingCases,
  ...matchingCases,
  ...weightCases,
  ...hygieneCases,
  ...failingCases,
  ...streamingCases,
  ...optionCases,
  ...tlsCases,
  ...tlsPassingCases,
];

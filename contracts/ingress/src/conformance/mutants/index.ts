import { desiredMutants } from "./desired-mutants.ts";
import type { IngressMutant } from "./ingress-mutant.ts";
import { specMutants } from "./spec-mutants.ts";
import { tlsMutants } from "./tls-mutants.ts";
import { wireMutants } from "./wire-mutants.ts";

/** Drivers and data planes that each break one law; the suite must notice every one. */
export const ingressMutants: readonly IngressMutant[] = [
  ...desiredMutants,
  ...specMutants,
  ...wireMutants,
  ...tlsMutants,
];

import type { CaseVerdict } from "./conformance-case.ts";
import type { Position } from "./conformance-subject.ts";

/** What a suite found out about one subject. Printed as `proved / declared / cases`. */
export interface ConformanceReport {
  /** Declared cases that passed in every position that was asked for. */
  readonly proved: number;
  /** Cases that the manifest's declarations select. */
  readonly declared: number;
  /** Cases of the suite. */
  readonly cases: number;
  /** How many deliberately broken plug-ins the suite caught; 0 of 0 when none were run. */
  readonly mutants: { readonly killed: number; readonly total: number };
  readonly seed: string;
  readonly results: readonly CaseResult[];
}

/** One case in one position. */
export interface CaseResult {
  readonly id: string;
  readonly position: Position;
  readonly verdict: CaseVerdict;
  readonly law: string;
  /** What was seen instead, or why there is no verdict. */
  readonly detail?: string | undefined;
}

/** True when every declared case is proved and every mutant was killed. */
export function isConformant(report: ConformanceReport): boolean {
  const { proved, declared, mutants, results } = report;
  const isSound = results.every(({ verdict }) => verdict === "pass" || verdict === "undeclared");
  return isSound && proved === declared && mutants.killed === mutants.total;
}

/** The score line: counts, never a percentage of what ran. */
export function scoreLine(report: ConformanceReport): string {
  const { proved, declared, cases, mutants } = report;
  return `${proved} / ${declared} / ${cases} proved / declared / cases, ${mutants.killed} of ${mutants.total} mutants killed`;
}

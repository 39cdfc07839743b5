import type { CaseResult } from "./conformance-case.ts";

/** What a suite says of a driver. */
export interface SuiteReport {
  /** Cases that passed. */
  readonly proved: number;
  /** Cases that the driver's capabilities select. */
  readonly declared: number;
  /** Declared cases that this harness cannot run; they are no proof. */
  readonly blocked: number;
  readonly cases: number;
  readonly mutants: { readonly killed: number; readonly total: number };
  readonly results: readonly CaseResult[];
  /** Mutants that no case noticed. */
  readonly survivors: readonly string[];
  /** Mutants whose cases are all undeclared or blocked here; they prove nothing. */
  readonly untried: readonly string[];
}

/** True when nothing that was run broke the contract, and every mutant that met a case was noticed. */
export function isConformant({ results, survivors }: SuiteReport): boolean {
  return (
    survivors.length === 0 &&
    results.every(({ verdict }) => verdict !== "fail" && verdict !== "error")
  );
}

/** The score in a line. */
export function scoreLine(report: SuiteReport): string {
  const { proved, declared, blocked, cases, mutants, untried } = report;
  const rest = blocked === 0 ? "" : `, ${blocked} blocked`;
  const met = untried.length === 0 ? "" : `, ${untried.length} untried`;
  return `${proved} / ${declared} / ${cases} proved / declared / cases${rest}, ${mutants.killed} of ${mutants.total} mutants killed${met}`;
}

/** Counts verdicts. */
export function scoreOf(
  results: readonly CaseResult[],
): Pick<SuiteReport, "proved" | "declared" | "blocked" | "cases"> {
  const count = (verdict: CaseResult["verdict"]) =>
    results.filter((each) => each.verdict === verdict).length;
  return {
    proved: count("pass"),
    declared: results.length - count("undeclared"),
    blocked: count("blocked"),
    cases: results.length,
  };
}

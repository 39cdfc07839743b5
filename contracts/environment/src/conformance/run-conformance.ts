import type { ControlName } from "./conformance-case.ts";
import type { CaseResult, ConformanceReport } from "./conformance-report.ts";
import { type ConformanceSubject, type Position, positions } from "./conformance-subject.ts";
import { Lane } from "./lane.ts";
import { placeIn } from "./place.ts";
import { runCase } from "./run-case.ts";
import { runMutants } from "./run-mutants.ts";
import { conformanceCases } from "./suite.ts";

/** What to run, and how. */
export interface ConformanceOptions {
  /** Default: all three. */
  readonly positions?: readonly Position[] | undefined;
  /** The same seed gives the same run. Default: `bedplate`. */
  readonly seed?: string | undefined;
  /** Ids of cases, or beginnings of them such as `IV`. Default: all. */
  readonly only?: readonly string[] | undefined;
  /** Controls that this lane promises: a case that lacks one fails. */
  readonly promises?: readonly ControlName[] | undefined;
  /** Whether the suite's own mutants are run as well. Default: with all cases yes, with some no. */
  readonly hasMutants?: boolean | undefined;
  /** Told of every result as it comes. */
  readonly onResult?: ((result: CaseResult) => void) | undefined;
}

/** The seed of a run that names none. */
export const conformanceSeed = "bedplate";

/** Runs the contract's cases against a subject, in every position, one after the other. */
export async function runConformance(
  subject: ConformanceSubject,
  options: ConformanceOptions = {},
): Promise<ConformanceReport> {
  const { seed = conformanceSeed, only, promises, onResult } = options;
  const places = options.positions ?? positions;
  const cases = conformanceCases.filter(({ id }) => isChosen(id, only));
  const results: CaseResult[] = [];
  for (const position of places) {
    await using lane = new Lane(subject, { position, place: placeIn(position, subject) });
    for (const each of cases) {
      const result = await runCase(lane, each, { seed, promises });
      results.push(result);
      onResult?.(result);
    }
  }
  const report = summarise(results, { cases: cases.length, seed });
  if (!(options.hasMutants ?? only === undefined)) return report;
  const { killed, total } = await runMutants(subject, { seed });
  return { ...report, mutants: { killed, total } };
}

/** Counts what was declared and what was proved; `mutants` stays empty until some were run. */
export function summarise(
  results: readonly CaseResult[],
  options: { readonly cases: number; readonly seed: string },
): ConformanceReport {
  const byId = Map.groupBy(results, ({ id }) => id);
  const declared = [...byId.values()].filter((all) => all.some(isDeclared));
  const proved = declared.filter((all) => all.every(({ verdict }) => verdict === "pass"));
  return {
    proved: proved.length,
    declared: declared.length,
    cases: options.cases,
    mutants: { killed: 0, total: 0 },
    seed: options.seed,
    results,
  };
}

function isDeclared({ verdict }: CaseResult): boolean {
  return verdict !== "undeclared";
}

function isChosen(id: string, only: readonly string[] | undefined): boolean {
  return only === undefined || only.some((each) => id === each || id.startsWith(`${each}-`));
}

import type { CaseResult, ConformanceCase, OpenedTarget } from "./conformance-case.ts";
import { killerOf, type Mutant } from "./mutant.ts";
import { runCase } from "./run-case.ts";
import { type SuiteReport, scoreOf } from "./suite-report.ts";

/** A contract's cases, and the broken drivers that prove their worth. */
export interface Suite<Target, Kit, Driver> {
  readonly cases: readonly ConformanceCase<Target, Kit>[];
  readonly mutants: readonly Mutant<Driver>[];
}

/** Opens a fresh, empty target on a driver that `wrap` may have broken. */
export type OpenSubject<Target, Kit, Driver> = (
  wrap?: (driver: Driver) => Driver,
) => Promise<OpenedTarget<Target, Kit>>;

/** How a suite is run. */
export interface RunSuiteOptions {
  /** Only cases whose id begins with one of these; leaves the mutants out. */
  readonly only?: readonly string[] | undefined;
  readonly timeoutMs?: number | undefined;
  /** A broken driver may hang: its cases get less time. Default: 2,000. */
  readonly mutantTimeoutMs?: number | undefined;
  /** Ends the run before its next case. */
  readonly signal?: AbortSignal | undefined;
  readonly onCase?: ((result: CaseResult) => void) | undefined;
  readonly onMutant?: ((mutant: MutantResult) => void) | undefined;
}

/** What became of a mutant. */
export interface MutantResult {
  readonly name: string;
  readonly fate: "killed" | "survived" | "untried";
  /** The id of the case that noticed it. */
  readonly killer?: string | undefined;
}

const mutantTimeoutMsDefault = 2_000;

/** Runs every case, then every mutant, one after the other. */
export async function runSuite<Target, Kit extends object, Driver>(
  suite: Suite<Target, Kit, Driver>,
  open: OpenSubject<Target, Kit, Driver>,
  options: RunSuiteOptions = {},
): Promise<SuiteReport> {
  const { only } = options;
  const isWanted = ({ id }: { readonly id: string }) =>
    only?.some((each) => id.startsWith(each)) ?? true;
  const results: CaseResult[] = [];
  for (const each of suite.cases.filter(isWanted)) {
    options.signal?.throwIfAborted();
    const result = await runCase(each, () => open(), options);
    results.push(result);
    options.onCase?.(result);
  }
  const mutants = only === undefined ? suite.mutants : [];
  const fates = await fatesOf({ ...suite, mutants, results }, open, options);
  const namesOf = (fate: MutantResult["fate"]) =>
    fates.filter((each) => each.fate === fate).map(({ name }) => name);
  return {
    ...scoreOf(results),
    mutants: { killed: namesOf("killed").length, total: mutants.length },
    results,
    survivors: namesOf("survived"),
    untried: namesOf("untried"),
  };
}

interface HonestSuite<Target, Kit, Driver> extends Suite<Target, Kit, Driver> {
  /** What the cases said of the honest driver. */
  readonly results: readonly CaseResult[];
}

async function fatesOf<Target, Kit extends object, Driver>(
  { cases, mutants, results }: HonestSuite<Target, Kit, Driver>,
  open: OpenSubject<Target, Kit, Driver>,
  options: RunSuiteOptions,
): Promise<readonly MutantResult[]> {
  const fates: MutantResult[] = [];
  for (const { name, kills, breakDriver } of mutants) {
    options.signal?.throwIfAborted();
    const killer = await killerOf(kills, cases, {
      open: () => open(breakDriver),
      timeoutMs: options.mutantTimeoutMs ?? mutantTimeoutMsDefault,
    });
    const fate = canMeet(kills, results) ? "survived" : "untried";
    const result: MutantResult =
      killer === undefined ? { name, fate } : { name, fate: "killed", killer };
    fates.push(result);
    options.onMutant?.(result);
  }
  return fates;
}

/** False when every case that should notice is undeclared or blocked: that says nothing of the suite. */
function canMeet(kills: readonly string[], results: readonly CaseResult[]): boolean {
  return results.some(
    ({ id, verdict }) => kills.includes(id) && verdict !== "undeclared" && verdict !== "blocked",
  );
}

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
  readonly onCase?: ((result: CaseResult) => void) | undefined;
  readonly onMutant?:
    | ((mutant: { readonly name: string; readonly killer?: string }) => void)
    | undefined;
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
    const result = await runCase(each, () => open(), options);
    results.push(result);
    options.onCase?.(result);
  }
  const mutants = only === undefined ? suite.mutants : [];
  const survivors = await survivorsOf({ ...suite, mutants }, open, options);
  return {
    ...scoreOf(results),
    mutants: { killed: mutants.length - survivors.length, total: mutants.length },
    results,
    survivors,
  };
}

async function survivorsOf<Target, Kit extends object, Driver>(
  { cases, mutants }: Suite<Target, Kit, Driver>,
  open: OpenSubject<Target, Kit, Driver>,
  options: RunSuiteOptions,
): Promise<readonly string[]> {
  const survivors: string[] = [];
  for (const { name, kills, breakDriver } of mutants) {
    const killer = await killerOf(kills, cases, {
      open: () => open(breakDriver),
      timeoutMs: options.mutantTimeoutMs ?? mutantTimeoutMsDefault,
    });
    if (killer === undefined) survivors.push(name);
    options.onMutant?.({ name, ...(killer !== undefined && { killer }) });
  }
  return survivors;
}

export { awaitedLater, expectFault, expectNoTrace } from "./assertions.ts";
export type {
  CaseResult,
  CaseVerdict,
  ConformanceCase,
  OpenedTarget,
  OpenTarget,
} from "./conformance-case.ts";
export { killerOf, type Mutant, overriding } from "./mutant.ts";
export { type RunCaseOptions, runCase, runCases } from "./run-case.ts";
export {
  type MutantResult,
  type OpenSubject,
  type RunSuiteOptions,
  runSuite,
  type Suite,
} from "./run-suite.ts";
export { isConformant, type SuiteReport, scoreLine } from "./suite-report.ts";

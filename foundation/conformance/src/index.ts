export { expectFault, expectNoTrace } from "./assertions.ts";
export type {
  CaseResult,
  CaseVerdict,
  ConformanceCase,
  OpenedTarget,
  OpenTarget,
} from "./conformance-case.ts";
export { killerOf, type Mutant, overriding } from "./mutant.ts";
export { type RunCaseOptions, runCase, runCases } from "./run-case.ts";

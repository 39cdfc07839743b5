export { type BenchOptions, type BenchRow, benchTest } from "./bench/bench-test.ts";
export {
  type DiffCase,
  type Difference,
  type DiffOptions,
  findDifferences,
} from "./diff/find-differences.ts";
export { readExamples } from "./diff/read-examples.ts";
export {
  type GarbageOptions,
  type GarbageReport,
  runGarbageCode,
  runGarbageTransactions,
} from "./diff/run-garbage.ts";
export { runGarbageMessages } from "./diff/run-garbage-message.ts";
export {
  type CaseKind,
  type CaseOptions,
  type CaseStep,
  makeTest,
  stepsOf,
} from "./diff/test-case.ts";
export type { TestJson } from "./diff/test-json.ts";
export { type Fork, forkDefault, forkOf } from "./forks/fork.ts";
export { type EngineName, engineNames, type OpenEngine, openEngine } from "./open-engine.ts";
export { type CodeRun, runCode } from "./run/run-code.ts";
export { type SentTransaction, signTransaction } from "./sign/sign-transaction.ts";
export { readAlloc, writeAlloc } from "./statetest/alloc.ts";
export { forkLabels, forkOfLabel, type LabelledFork } from "./statetest/fork-label.ts";
export { bytesOf, MalformedField, numberOf } from "./statetest/json-fields.ts";
export type { StateTestResult } from "./statetest/run-state-test.ts";
export { resultJson, runTestFile, type TestFileOptions } from "./statetest/run-test-files.ts";
export { type TransitionInput, type TransitionOutput, transition } from "./t8n/transition-tool.ts";
export { JsonTracer, type TraceParts, traceSummary } from "./trace/json-tracer.ts";

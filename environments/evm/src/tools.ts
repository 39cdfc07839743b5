export { type Fork, forkDefault, forkOf } from "./forks/fork.ts";
export { type EngineName, engineNames, type OpenEngine, openEngine } from "./open-engine.ts";
export { type CodeRun, runCode } from "./run/run-code.ts";
export { readAlloc, writeAlloc } from "./statetest/alloc.ts";
export { forkLabels, forkOfLabel, type LabelledFork } from "./statetest/fork-label.ts";
export { bytesOf, MalformedField, numberOf } from "./statetest/json-fields.ts";
export type { StateTestResult } from "./statetest/run-state-test.ts";
export { resultJson, runTestFile, type TestFileOptions } from "./statetest/run-test-files.ts";
export { JsonTracer, type TraceParts, traceSummary } from "./trace/json-tracer.ts";

export {
  type CaseRig,
  caseNow,
  type RigInstanceOptions,
  type RunOptions,
  saidBy,
} from "./case-rig.ts";
export type {
  CaseRequirement,
  CaseVerdict,
  ConformanceCase,
  ControlName,
} from "./conformance-case.ts";
export type {
  Argv,
  CommandName,
  ConformanceMachine,
  MachineCommands,
  OlderSnapshot,
  OutsideHosts,
} from "./conformance-machine.ts";
export {
  type CaseResult,
  type ConformanceReport,
  isConformant,
  scoreLine,
} from "./conformance-report.ts";
export {
  type ConformanceProgram,
  type ConformancePrograms,
  type ConformanceSubject,
  type OptionalProgramName,
  type Position,
  type ProgramName,
  positions,
} from "./conformance-subject.ts";
export { ConformanceFailure } from "./expectations.ts";
export { mutants } from "./mutants/every-mutant.ts";
export type { Mutant, MutantParts } from "./mutants/mutant.ts";
export { type PosixCommandsOptions, posixCommands } from "./posix-commands.ts";
export { type ConformanceOptions, conformanceSeed, runConformance } from "./run-conformance.ts";
export {
  type MutantOptions,
  type MutantReport,
  type MutantResult,
  runMutants,
} from "./run-mutants.ts";
export { conformanceCases } from "./suite.ts";
export { unprovable } from "./unprovable.ts";

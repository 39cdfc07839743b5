export type {
  Account,
  AccountChange,
  Address,
  BlockContext,
  Context,
  Engine,
  Log,
  Message,
  MessageResult,
  Reads,
  StorageChange,
  Tracer,
  TraceStep,
  WarmSet,
  WorldChanges,
  WorldReader,
} from "./engine.ts";
export { NotResident } from "./engine.ts";
export type { EvmConfig, EvmInstanceConfig } from "./environment/config.ts";
export { evmCompiledPlugin, evmReferencePlugin } from "./environment/evm-plugin.ts";
export type { EvmDeclares } from "./environment/manifest.ts";
export {
  type ExperimentalForkName,
  experimentalForkNames,
  type Fork,
  type ForkName,
  type ForkOptions,
  forkDefault,
  forkNames,
  forkOf,
  isAtLeast,
} from "./forks/fork.ts";
export type { ForkRules } from "./forks/fork-rules.ts";
export type { GasSchedule } from "./forks/gas-schedule.ts";
export { type EvmCodeUnit, evmDecoder, evmDecoderOf } from "./instructions/evm-decoder.ts";
export { type EvmBlock, findBlocks } from "./instructions/find-blocks.ts";
export { type InstructionSet, instructionSetOf } from "./instructions/instruction-set.ts";

export { ByteWriter } from "./byte-writer.ts";
export { costTableVersion } from "./cost-table.ts";
export { type DecodeLimits, decodeLimits } from "./decode-limits.ts";
export { type DecodeOptions, decodeModule } from "./decode-module.ts";
export {
  type Engine,
  type EngineExports,
  type EngineGlobal,
  type EngineImports,
  type EngineInstance,
  type EngineMemory,
  type EngineModule,
  type EngineTable,
  engine,
} from "./engine.ts";
export { type Feature, features } from "./feature.ts";
export type {
  Block,
  CodeListing,
  CodeUnit,
  Instruction,
  Operand,
  Terminator,
} from "./listing/code-listing.ts";
export { listCode } from "./listing/list-code.ts";
export type { StateGlobal, StateNames } from "./meter/plan-additions.ts";
export { reservedPrefix } from "./meter/reserved-names.ts";
export { type ImportedSize, type RewrittenModule, rewriteModule } from "./meter/rewrite-module.ts";
export { type RewriteOptions, rewriteDigest, rewriteVersion } from "./meter/rewrite-options.ts";
export type {
  ByteRange,
  DataSegment,
  ElementSegment,
  ExportItem,
  Field,
  FunctionBody,
  FunctionItem,
  FunctionType,
  GlobalItem,
  ImportName,
  ItemKind,
  LocalGroup,
  MemoryItem,
  ModuleNames,
  Section,
  SizeLimits,
  TableItem,
  TagItem,
  TypeDefinition,
  WasmModule,
} from "./module.ts";
export { type CallEnd, endOf } from "./run/call-end.ts";
export { MemoryGarbage } from "./run/memory-garbage.ts";
export {
  type Allowance,
  checkpointFuel,
  depthSlotsDefault,
  MeteredInstance,
} from "./run/metered-instance.ts";
export { compileMetered, compileRewritten, MeteredModule } from "./run/metered-module.ts";
export type { RestoreAnswer, StateSnapshot } from "./run/state-snapshot.ts";
export type { TrapReason } from "./run/trap-reason.ts";
export type { ValueType } from "./value-type.ts";

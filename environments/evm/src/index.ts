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

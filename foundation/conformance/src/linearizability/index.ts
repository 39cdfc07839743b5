export {
  type CheckOptions,
  checkLinearizable,
  type Linearizability,
} from "./check-linearizable.ts";
export { HistoryRecorder } from "./history-recorder.ts";
export type { Operation, SequentialModel } from "./operation.ts";
export { type QueueInput, type QueueOutput, type QueueState, queueModel } from "./queue-model.ts";
export {
  type RegistersInput,
  type RegistersOutput,
  type RegistersState,
  registersModel,
} from "./registers-model.ts";

export type { CommitRequest } from "./commit-request.ts";
export {
  type DocumentForm,
  type DocumentPage,
  type DocumentRange,
  DocumentTable,
  type DocumentTableOptions,
  type StoredDocument,
} from "./document-table.ts";
export type { ListRequest } from "./list-request.ts";
export type { ReadMoment } from "./reading.ts";
export type {
  DriverCommit,
  DriverCommitAnswer,
  DriverHistory,
  DriverKeys,
  DriverRange,
  DriverRead,
  Revision,
  StateCapabilities,
  StateChange,
  StateCheck,
  StateCommit,
  StateDriver,
  StateEntry,
  StateFence,
  StateLimits,
  StateOp,
  Version,
} from "./state-driver.ts";
export { endOfPrefix, type StateKey, textOfKey } from "./state-key.ts";
export { scratchLimits, stateLimitsDefault, ttlMsMaxDefault } from "./state-limits.ts";
export {
  type CommitResult,
  type Reading,
  type StatePage,
  StateStore,
  type StateStoreOptions,
  type Waiting,
} from "./state-store.ts";
export type { WatchRequest } from "./watch.ts";

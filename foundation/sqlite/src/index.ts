export { type DatabaseOptions, openDatabase } from "./database.ts";
export { type ApplyGroup, GroupWriter, type GroupWriterOptions } from "./group-writer.ts";
export { takeOwnership } from "./ownership.ts";
export { faultOfSqlite, isBusy } from "./sqlite-fault.ts";
export { type ApplyRequest, applyInTransaction } from "./writer.ts";

export { type ApplyGroup, GroupWriter, type GroupWriterOptions } from "@bedplate/group-commit";
export { type DatabaseOptions, openDatabase } from "./database.ts";
export { takeOwnership } from "./ownership.ts";
export { faultOfSqlite, isBusy } from "./sqlite-fault.ts";
export { type ApplyRequest, applyInTransaction } from "./writer.ts";

export { provider } from "./provider.ts";
export { openSqliteState, type SqliteStateOptions } from "./sqlite-state.ts";

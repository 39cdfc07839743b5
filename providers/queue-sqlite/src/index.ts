export { provider } from "./provider.ts";
export { openSqliteQueue, type SqliteQueueOptions } from "./sqlite-queue.ts";

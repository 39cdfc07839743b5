export { openPostgresQueue, provider } from "./open-postgres-queue.ts";
export type { PostgresQueue, PostgresQueueOptions } from "./postgres-queue.ts";

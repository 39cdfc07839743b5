export { indexedPlans, type SessionSettings } from "./connection-options.ts";
export {
  migrateDownOne,
  migrateUp,
  type PostgresMigration,
  type PostgresMigrations,
} from "./migrations.ts";
export { faultOfPostgres, type PostgresFaultContext } from "./postgres-fault.ts";
export {
  type CallOptions,
  openPostgresPool,
  type PoolOptions,
  PostgresPool,
} from "./postgres-pool.ts";
export {
  type PostgresProperties,
  type PostgresSettings,
  postgresProperties,
  postgresSchemes,
  readPostgresUrl,
  type SslMode,
} from "./postgres-settings.ts";
export { openScratchSchema, type ScratchSchema } from "./scratch-schema.ts";
export type { SqlAnswer, SqlValue, Statement } from "./session.ts";
export { isPostgresError, type PostgresError } from "./sql-state.ts";
export type { BoundStatement, Transaction, TransactionOptions } from "./transaction.ts";

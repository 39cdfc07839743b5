import {
  indexedPlans,
  migrateUp,
  openPostgresPool,
  openScratchSchema,
  type PostgresSettings,
  postgresProperties,
  postgresSchemes,
  readPostgresUrl,
} from "@bedplate/postgres";
import type { ProviderHost, ProviderModule } from "@bedplate/provider";
import type { QueueDriver } from "@bedplate/queue";
import { defineSchema, type Schema, Type } from "@bedplate/schema";
import { queueMigrations } from "./migrations.ts";
import { PostgresQueue, type PostgresQueueOptions } from "./postgres-queue.ts";

/** What may stand in the query of its URLs. */
export const settings: Schema<PostgresSettings> = defineSchema(
  Type.Object({ ...postgresProperties }, { additionalProperties: false }),
);

/** Vacuums pause now and then, so that they take the disk from nobody. */
const session = { ...indexedPlans, vacuum_cost_delay: "1" };

/** Opens the queues in a schema of PostgreSQL, and makes or migrates its tables. */
export async function openPostgresQueue(
  url: string,
  host: ProviderHost,
  options: PostgresQueueOptions = {},
): Promise<PostgresQueue> {
  await using undo = new AsyncDisposableStack();
  const pool = undo.use(await openPostgresPool(readPostgresUrl(url, settings), host, { session }));
  await migrateUp(pool, queueMigrations);
  undo.move();
  return new PostgresQueue(pool, options);
}

/** The queue contract in PostgreSQL, by URL: `postgres://user@host/database?schema=bedplate`. */
export const provider: ProviderModule<QueueDriver> = {
  contract: "queue",
  name: "queue-postgres",
  schemes: postgresSchemes,
  settings: settings.jsonSchema,
  open: (url, host) => openPostgresQueue(url, host),
  async openScratch(url, host) {
    const scratch = openScratchSchema(url, { host, settings });
    return {
      open: () => openPostgresQueue(scratch.url, host),
      [Symbol.asyncDispose]: () => scratch[Symbol.asyncDispose](),
    };
  },
};

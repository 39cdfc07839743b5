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
import { defineSchema, type Schema, Type } from "@bedplate/schema";
import { type StateDriver, scratchLimits, stateLimitsDefault } from "@bedplate/state";
import { stateMigrations } from "./migrations.ts";
import { PostgresState, type PostgresStateOptions } from "./postgres-state.ts";

/** What may stand in the query of the URL. */
interface PostgresStateSettings extends PostgresSettings {
  readonly groupMax: number;
  readonly watchPollMs: number;
  readonly historyCommitsMax: number;
  readonly idempotencyMs: number;
}

const { historyCommitsMax, idempotencyMs } = stateLimitsDefault;
const settings: Schema<PostgresStateSettings> = defineSchema(
  Type.Object(
    {
      ...postgresProperties,
      groupMax: Type.Integer({ minimum: 1, maximum: 4_096, default: 128 }),
      watchPollMs: Type.Integer({ minimum: 1, maximum: 60_000, default: 25 }),
      historyCommitsMax: Type.Integer({ minimum: 1, default: historyCommitsMax }),
      idempotencyMs: Type.Integer({ minimum: 1, default: idempotencyMs }),
    },
    { additionalProperties: false },
  ),
);

/** `postgres://user:password@host:port/database`: state in tables of a schema, for many processes. */
export const provider: ProviderModule<StateDriver> = {
  contract: "state",
  name: "state-postgres",
  schemes: postgresSchemes,
  settings: settings.jsonSchema,
  open: (url, host) => openPostgresState({ url, host }),
  async openScratch(url, host) {
    const scratch = openScratchSchema(url, { host, settings });
    const limits = scratchLimits(limitsOf(url));
    return {
      open: () => openPostgresState({ url: scratch.url, host, limits }),
      [Symbol.asyncDispose]: () => scratch[Symbol.asyncDispose](),
    };
  },
};

/** Where the state is kept, and how. */
export interface OpenPostgresStateOptions
  extends Omit<PostgresStateOptions, "pool" | "groupMax" | "watchPollMs"> {
  /** Its settings hold where nothing else is said. */
  readonly url: string;
  readonly host: ProviderHost;
}

/** Opens the state that a URL names; makes or migrates its tables. */
export async function openPostgresState(options: OpenPostgresStateOptions): Promise<StateDriver> {
  const { url, host } = options;
  const place = readPostgresUrl(url, settings);
  const { groupMax, watchPollMs } = place.settings;
  await using undo = new AsyncDisposableStack();
  const pool = undo.use(await openPostgresPool(place, host, { session: indexedPlans }));
  await migrateUp(pool, stateMigrations);
  undo.move();
  const limits = { ...limitsOf(url), ...options.limits };
  return new PostgresState({ ...options, pool, groupMax, watchPollMs, limits });
}

function limitsOf(url: string): Pick<PostgresStateSettings, "historyCommitsMax" | "idempotencyMs"> {
  const read = readPostgresUrl(url, settings).settings;
  return { historyCommitsMax: read.historyCommitsMax, idempotencyMs: read.idempotencyMs };
}

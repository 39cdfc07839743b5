import { raise } from "@bedplate/errors";
import type { PostgresPool } from "./postgres-pool.ts";
import type { SqlAnswer, SqlValue, Statement } from "./session.ts";
import { isPostgresError } from "./sql-state.ts";
import type { Transaction, TransactionOptions } from "./transaction.ts";

/** One step from a version to the next, and back; never changed once published. */
export interface PostgresMigration {
  readonly name: string;
  /** Statements in which names mean the schema of the URL. */
  readonly up: string;
  readonly down: string;
}

/** The steps of one component; step n leads to version n + 1. Several components may share a schema. */
export interface PostgresMigrations {
  readonly component: string;
  readonly steps: readonly PostgresMigration[];
}

const transaction: TransactionOptions = { op: "postgres.migrate", statementTimeoutMs: 300_000 };

/**
 * Makes the schema and brings the component to its newest version; answers that. One process at a
 * time does it. A schema of a newer release is refused with `contract.incompatible`.
 */
export async function migrateUp(
  pool: PostgresPool,
  migrations: PostgresMigrations,
): Promise<number> {
  const { steps } = migrations;
  // Where nothing is to be done, a role that may only read and write rows is enough.
  if ((await readAppliedFrom(pool, migrations)).length === steps.length) return steps.length;
  return pool.inTransaction(async (within) => {
    await lockSchema(within, pool.schema);
    await makeSchema(within, pool.schema);
    const applied = await readApplied(within, { schema: pool.schema, migrations });
    for (const [index, step] of steps.entries()) {
      if (index < applied.length) continue;
      await within.query({ text: step.up });
      await within.query(insertVersion(pool.schema), [migrations.component, index + 1, step.name]);
    }
    return steps.length;
  }, transaction);
}

/** Takes the component's newest step back; answers the version that is left. */
export function migrateDownOne(
  pool: PostgresPool,
  migrations: PostgresMigrations,
): Promise<number> {
  const { component, steps } = migrations;
  return pool.inTransaction(async (within) => {
    await lockSchema(within, pool.schema);
    await makeSchema(within, pool.schema);
    const version = (await readApplied(within, { schema: pool.schema, migrations })).length;
    const step = steps[version - 1];
    if (step === undefined) return 0;
    await within.query({ text: step.down });
    await within.query(deleteVersion(pool.schema), [component, version]);
    return version - 1;
  }, transaction);
}

interface AppliedRow {
  readonly version: number;
  readonly name: string;
}

async function readAppliedFrom(
  pool: PostgresPool,
  migrations: PostgresMigrations,
): Promise<readonly AppliedRow[]> {
  const { op } = transaction;
  const reader: Transaction = {
    async query<Row>(statement: Statement, values: readonly SqlValue[] = []) {
      const rows = await pool.read<Row>(statement, values, { op });
      return { rows, count: rows.length, command: "SELECT" } satisfies SqlAnswer<Row>;
    },
  };
  try {
    return await readApplied(reader, { schema: pool.schema, migrations });
  } catch (error) {
    if (isPostgresError(error, "42P01")) return []; // There is no such table yet.
    throw error;
  }
}

async function readApplied(
  within: Transaction,
  { schema, migrations }: { readonly schema: string; readonly migrations: PostgresMigrations },
): Promise<readonly AppliedRow[]> {
  const { component, steps } = migrations;
  const text = `SELECT version, name FROM ${tableOf(schema)} WHERE component = $1 ORDER BY version`;
  const { rows } = await within.query<AppliedRow>({ text }, [component]);
  const stranger = rows.find(({ version, name }) => steps[version - 1]?.name !== name);
  if (stranger !== undefined) throw incompatible(schema, { migrations, stranger });
  return rows;
}

async function lockSchema(within: Transaction, schema: string): Promise<void> {
  await within.query({ text: "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))" }, [
    `bedplate migrations ${schema}`,
  ]);
}

async function makeSchema(within: Transaction, schema: string): Promise<void> {
  // `IF NOT EXISTS` demands the right to make schemas even where there is one.
  const found = await within.query({ text: "SELECT 1 FROM pg_namespace WHERE nspname = $1" }, [
    schema,
  ]);
  if (found.count === 0) await within.query({ text: `CREATE SCHEMA "${schema}"` });
  await within.query({
    text: `CREATE TABLE IF NOT EXISTS ${tableOf(schema)} (
      component text NOT NULL,
      version integer NOT NULL,
      name text NOT NULL,
      applied_at timestamptz NOT NULL DEFAULT now(),
      PRIMARY KEY (component, version)
    )`,
  });
}

function insertVersion(schema: string): Statement {
  return { text: `INSERT INTO ${tableOf(schema)} (component, version, name) VALUES ($1, $2, $3)` };
}

function deleteVersion(schema: string): Statement {
  return { text: `DELETE FROM ${tableOf(schema)} WHERE component = $1 AND version = $2` };
}

function tableOf(schema: string): string {
  return `"${schema}".migrations`;
}

function incompatible(
  schema: string,
  facts: { readonly migrations: PostgresMigrations; readonly stranger: AppliedRow },
): Error {
  const { component, steps } = facts.migrations;
  const there = `version ${facts.stranger.version} (${facts.stranger.name})`;
  return raise("contract.incompatible", {
    op: transaction.op,
    subject: schema,
    detail: {
      contract: `tables of ${component}`,
      here: `version ${steps.length}`,
      there,
      upgrade: "host",
    },
    message: `Cannot use the schema ${schema}: its tables of ${component} have ${there}, which this release does not know; it knows ${steps.length}`,
    blame: "operator",
  });
}

/**
 * One checked change and one event per commit, at several numbers of concurrent callers: this driver,
 * and two loops written by hand on `pg` with a pool of 16: as most are written, a transaction of an
 * update and an insert; and as tight as it gets, one statement.
 * Run: node providers/state-postgres/bench/commit.bench.ts
 */
import { systemClock } from "@bedplate/clock";
import { StateStore } from "@bedplate/state";
import { silentLog } from "@bedplate/telemetry";
import { quantile, reportBench, startPostgres } from "@bedplate/testkit";
import { Pool } from "pg";
import { openPostgresState } from "../src/index.ts";

const measureMs = Number(process.env["BENCH_MS"] ?? 2_000);
const rounds = Number(process.env["BENCH_ROUNDS"] ?? 3);
const poolMax = 16;
const keysPerCaller = 16;
const value = Buffer.alloc(200, 7);

/** Changes the next key of a caller, on condition that it is as the caller left it. */
type Change = (caller: number, turn: number) => Promise<void>;

async function openDriver(url: string): Promise<{ change: Change } & AsyncDisposable> {
  const host = { clock: systemClock, log: silentLog, variables: {} };
  const driver = await openPostgresState({ url: `${url}?poolMax=${poolMax}&schema=driver`, host });
  const store = new StateStore(driver);
  const versions = new Map<string, string>();
  const change = async (caller: number, turn: number) => {
    const key = `machine/${caller}/${turn % keysPerCaller}`;
    const version = versions.get(key);
    const done = await store.commit({
      checks: [{ key, is: version === undefined ? "absent" : { version } }],
      ops: [
        { put: key, value },
        { put: `event/${caller}/${turn}`, value },
      ],
    });
    versions.set(key, done.versions[0] ?? "");
  };
  return { change, [Symbol.asyncDispose]: () => store.close() };
}

async function openByHand(
  url: string,
  { schema, write }: { readonly schema: string; readonly write: Write },
): Promise<{ change: Change } & AsyncDisposable> {
  const pool = new Pool({
    connectionString: url,
    max: poolMax,
    options: `-c search_path=${schema}`,
  });
  await pool.query(`
    CREATE SCHEMA ${schema};
    CREATE TABLE records (key text PRIMARY KEY, value bytea NOT NULL, version bigint NOT NULL);
    CREATE TABLE events (id bigserial PRIMARY KEY, key text NOT NULL, value bytea NOT NULL);`);
  const versions = new Map<string, number>();
  const change = async (caller: number, turn: number) => {
    const key = `machine/${caller}/${turn % keysPerCaller}`;
    const version = await write(pool, key, versions.get(key) ?? 0);
    if (version === undefined) throw new Error(`${key} changed meanwhile`);
    versions.set(key, version);
  };
  return { change, [Symbol.asyncDispose]: () => pool.end() };
}

/** Answers the new version; undefined when the record has another one than it should. */
type Write = (pool: Pool, key: string, version: number) => Promise<number | undefined>;

const writeInTransaction: Write = async (pool, key, version) => {
  const client = await pool.connect();
  try {
    await client.query("BEGIN");
    const { rowCount } = await client.query({
      name: version === 0 ? "new-record" : "record",
      text:
        version === 0
          ? "INSERT INTO records (key, value, version) VALUES ($1, $2, $3 + 1)"
          : "UPDATE records SET value = $2, version = version + 1 WHERE key = $1 AND version = $3",
      values: [key, value, version],
    });
    const text = "INSERT INTO events (key, value) VALUES ($1, $2)";
    await client.query({ name: "event", text, values: [key, value] });
    await client.query(rowCount === 1 ? "COMMIT" : "ROLLBACK");
    return rowCount === 1 ? version + 1 : undefined;
  } finally {
    client.release();
  }
};

const writeInOneStatement: Write = async (pool, key, version) => {
  const text = `WITH changed AS (
      INSERT INTO records (key, value, version) VALUES ($1, $2, 1)
      ON CONFLICT (key) DO UPDATE SET value = excluded.value, version = records.version + 1
        WHERE records.version = $3
      RETURNING key, value, version), told AS (
      INSERT INTO events (key, value) SELECT key, value FROM changed)
    SELECT version FROM changed`;
  const { rows } = await pool.query({ name: "change", text, values: [key, value, version] });
  return rows.length === 0 ? undefined : Number(rows[0].version);
};

interface Rate {
  readonly perSecond: number;
  readonly latenciesMs: readonly number[];
}

async function measure(change: Change, callers: number, first: number): Promise<Rate> {
  const latenciesMs: number[] = [];
  const startedMs = performance.now();
  await Promise.all(
    Array.from({ length: callers }, async (_, caller) => {
      for (let turn = first; performance.now() - startedMs < measureMs; turn++) {
        const sentMs = performance.now();
        await change(caller, turn);
        latenciesMs.push(performance.now() - sentMs);
      }
    }),
  );
  const tookMs = performance.now() - startedMs;
  return { perSecond: (latenciesMs.length / tookMs) * 1_000, latenciesMs };
}

await using engine = await startPostgres();
await using driver = await openDriver(engine.url);
await using transaction = await openByHand(engine.url, {
  schema: "by_transaction",
  write: writeInTransaction,
});
await using statement = await openByHand(engine.url, {
  schema: "by_statement",
  write: writeInOneStatement,
});
const rows: (string | number)[][] = [];
for (const callers of [1, 16, 64]) {
  const rates = { driver: [] as Rate[], transaction: [] as Rate[], statement: [] as Rate[] };
  for (let round = 0; round < rounds; round++) {
    const first = (callers * rounds + round) * 1_000_000;
    rates.driver.push(await measure(driver.change, callers, first));
    rates.transaction.push(await measure(transaction.change, callers, first));
    rates.statement.push(await measure(statement.change, callers, first));
  }
  const latencies = rates.driver.flatMap(({ latenciesMs }) => latenciesMs);
  rows.push([
    callers,
    ...[rates.driver, rates.transaction, rates.statement].map((of) => Math.round(medianOf(of))),
    ratioOf(rates.driver, rates.transaction),
    ratioOf(rates.driver, rates.statement),
    quantile(latencies, 0.5),
    quantile(latencies, 0.99),
  ]);
}
reportBench("state-postgres/commit", {
  columns: [
    "callers",
    "commits/s",
    "transaction by hand/s",
    "statement by hand/s",
    "to the transaction",
    "to the statement",
    "p50 ms",
    "p99 ms",
  ],
  rows,
  notes: [
    `Medians of ${rounds} rounds, driver and loops in turns; the ratios are those of the rounds.`,
  ],
});

function medianOf(rates: readonly Rate[]): number {
  return quantile(
    rates.map(({ perSecond }) => perSecond),
    0.5,
  );
}

function ratioOf(ours: readonly Rate[], theirs: readonly Rate[]): number {
  const ratios = ours.map(({ perSecond }, at) => perSecond / (theirs[at]?.perSecond ?? Number.NaN));
  return quantile(ratios, 0.5);
}

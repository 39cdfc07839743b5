/**
 * One checked change and one event per commit, at several numbers of concurrent callers: this driver,
 * and a loop written by hand on `pg` that does the same with one statement per change on a pool of 16.
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

async function openByHand(url: string): Promise<{ change: Change } & AsyncDisposable> {
  const pool = new Pool({ connectionString: url, max: poolMax });
  await pool.query(`
    CREATE TABLE records (key text PRIMARY KEY, value bytea NOT NULL, version bigint NOT NULL);
    CREATE TABLE events (id bigserial PRIMARY KEY, key text NOT NULL, value bytea NOT NULL);`);
  const text = `WITH changed AS (
      INSERT INTO records (key, value, version) VALUES ($1, $2, 1)
      ON CONFLICT (key) DO UPDATE SET value = excluded.value, version = records.version + 1
        WHERE records.version = $3
      RETURNING key, value, version), told AS (
      INSERT INTO events (key, value) SELECT key, value FROM changed)
    SELECT version FROM changed`;
  const versions = new Map<string, number>();
  const change = async (caller: number, turn: number) => {
    const key = `machine/${caller}/${turn % keysPerCaller}`;
    const values = [key, value, versions.get(key) ?? 0];
    const { rows } = await pool.query({ name: "change", text, values });
    if (rows.length === 0) throw new Error(`${key} changed meanwhile`);
    versions.set(key, Number(rows[0].version));
  };
  return { change, [Symbol.asyncDispose]: () => pool.end() };
}

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
await using byHand = await openByHand(engine.url);
const rows: (string | number)[][] = [];
for (const callers of [1, 16, 64]) {
  const rates = { driver: [] as Rate[], byHand: [] as Rate[] };
  for (let round = 0; round < rounds; round++) {
    const first = (callers * rounds + round) * 1_000_000;
    rates.driver.push(await measure(driver.change, callers, first));
    rates.byHand.push(await measure(byHand.change, callers, first));
  }
  const medianOf = (of: readonly Rate[]) =>
    quantile(
      of.map(({ perSecond }) => perSecond),
      0.5,
    );
  const latencies = rates.driver.flatMap(({ latenciesMs }) => latenciesMs);
  const ratios = rates.driver.map(
    ({ perSecond }, round) => perSecond / (rates.byHand[round]?.perSecond ?? Number.NaN),
  );
  rows.push([
    callers,
    Math.round(medianOf(rates.driver)),
    Math.round(medianOf(rates.byHand)),
    quantile(ratios, 0.5),
    quantile(latencies, 0.5),
    quantile(latencies, 0.99),
  ]);
}
reportBench("state-postgres/commit", {
  columns: ["callers", "commits/s", "by hand/s", "ratio", "p50 ms", "p99 ms"],
  rows,
  notes: [
    `Medians of ${rounds} rounds, driver and loop in turns; the ratio is that of the rounds.`,
  ],
});

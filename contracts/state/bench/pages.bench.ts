/**
 * How long a page of 100 entries, a read and a page of the history take while the store grows: from the
 * middle of all keys, for each driver. Run: node contracts/state/bench/pages.bench.ts
 */
import { join } from "node:path";
import { systemClock } from "@bedplate/clock";
import { openMemoryState } from "@bedplate/state-memory";
import { openPostgresState } from "@bedplate/state-postgres";
import { openSqliteState } from "@bedplate/state-sqlite";
import { silentLog } from "@bedplate/telemetry";
import { openScratchFolder, quantile, reportBench, startPostgres } from "@bedplate/testkit";
import { type StateDriver, StateStore } from "../src/index.ts";

const entriesMax = Number(process.env["BENCH_ENTRIES"] ?? 1_000_000);
const pages = Number(process.env["BENCH_PAGES"] ?? 200);
const perCommit = 1_000;
const value = new Uint8Array(200).fill(7);

const held = new AsyncDisposableStack();

const drivers: Readonly<Record<string, () => Promise<StateDriver>>> = {
  memory: () => openMemoryState(),
  sqlite: () => openSqliteState({ path: join(held.use(openScratchFolder()).path, "state.db") }),
  postgres: async () => {
    const { url } = held.use(await startPostgres());
    const host = { clock: systemClock, log: silentLog, variables: {} };
    return openPostgresState({ url, host });
  },
};

function keyOf(number: number): string {
  return `machine/${String(number).padStart(9, "0")}`;
}

/** Appends entries in the order of their keys. */
async function grow(store: StateStore, from: number, to: number): Promise<void> {
  for (let at = from; at < to; at += perCommit) {
    const ops = Array.from({ length: Math.min(perCommit, to - at) }, (_, i) => ({
      put: keyOf(at + i),
      value,
    }));
    await store.commit({ ops });
  }
}

async function medianMs(work: (turn: number) => Promise<unknown>): Promise<number> {
  const tookMs: number[] = [];
  for (let turn = 0; turn < pages; turn++) {
    const startedMs = performance.now();
    await work(turn);
    tookMs.push(performance.now() - startedMs);
  }
  return quantile(tookMs, 0.5);
}

const rows: (string | number)[][] = [];
for (const [name, open] of Object.entries(drivers)) {
  await using store = new StateStore(await open());
  let count = 0;
  for (let entries = 1_000; entries <= entriesMax; entries *= 10) {
    await grow(store, count, entries);
    count = entries;
    const somewhere = (turn: number) => keyOf((turn * 7_919) % entries);
    const pageMs = await medianMs((turn) => store.list({ start: somewhere(turn), limit: 100 }));
    const backMs = await medianMs((turn) =>
      store.list({ end: somewhere(turn), limit: 100, reverse: true }),
    );
    const getMs = await medianMs((turn) => store.get(somewhere(turn)));
    await store.commit({ ops: [{ put: "last", value }] });
    const after = (await store.head()) - 1;
    const watchMs = await medianMs(async () => {
      const watch = store.watch({ after });
      await watch.next();
      await watch.return();
    });
    rows.push([name, entries, pageMs, backMs, getMs, watchMs]);
  }
}
await held.disposeAsync();
reportBench("state/pages", {
  columns: ["driver", "entries", "page ms", "page back ms", "get ms", "watch ms"],
  rows,
  notes: [
    `Medians of ${pages}; a page has 100 entries, a watch begins one commit before the head.`,
  ],
});

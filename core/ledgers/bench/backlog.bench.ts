/**
 * What a block costs while many transactions wait for one, and what going back costs: transactions that
 * may use a whole block's gas, so that one block has room for few. In memory: on a disk each commit
 * costs a write in addition.
 *
 * Run it with `node core/ledgers/bench/backlog.bench.ts [blocks]`.
 */
import { allocEntries, patriciaCommitment } from "@bedplate/environment-evm/ledger";
import type { StateDriver } from "@bedplate/state";
import { reportBench } from "@bedplate/testkit";
import { openRig, project } from "../test/rig.ts";
import { chainText, holder } from "../test/scenarios/evm-world.ts";

const blocks = Number(process.argv[2] ?? 50);
const backlogs = [100, 400, 1_600];
const place = { project, name: "coins" };

interface Measured {
  readonly sealMs: number;
  readonly backMs: number;
  readonly commits: number;
}

/** Counts what is committed to a store. */
function counting(driver: StateDriver, counted: { commits: number }): StateDriver {
  return {
    limits: driver.limits,
    capabilities: driver.capabilities,
    getMany: (namespace, keys) => driver.getMany(namespace, keys),
    list: (namespace, range) => driver.list(namespace, range),
    head: (namespace) => driver.head(namespace),
    history: (namespace, from) => driver.history(namespace, from),
    onCommit: (namespace, listener) => driver.onCommit(namespace, listener),
    [Symbol.asyncDispose]: () => driver[Symbol.asyncDispose](),
    commit: (namespace, commit) => {
      counted.commits++;
      return driver.commit(namespace, commit);
    },
  };
}

async function measure(backlog: number): Promise<Measured> {
  const counted = { commits: 0 };
  await using rig = await openRig({
    slots: ["evm"],
    limits: { batchTransactionsMax: 1_000, waitingMax: 10_000 },
    around: (driver) => counting(driver, counted),
  });
  const artifact = await rig.put(Buffer.from(chainText));
  const alloc = { [holder(0)]: { balance: "0x56bc75e2d63100000" } };
  const genesis = await allocEntries(alloc);
  await rig.service.create({ ...place, slot: "evm", commitment: patriciaCommitment.name, genesis });
  for (let n = 0; n < backlog; n++) {
    const call = { from: holder(0), to: holder(1 + n), value: "0x1" };
    const input = Buffer.from(JSON.stringify(call));
    await rig.service.submit(place, { artifact, entry: "transact-unsigned", input });
  }
  const sealing = performance.now();
  for (let n = 0; n < blocks; n++) await rig.service.seal(place);
  const sealMs = (performance.now() - sealing) / blocks;
  counted.commits = 0;
  const going = performance.now();
  await rig.service.rollback(place, 0);
  return { sealMs, backMs: (performance.now() - going) / blocks, commits: counted.commits };
}

const rows: string[][] = [];
for (const backlog of backlogs) {
  const { sealMs, backMs, commits } = await measure(backlog);
  rows.push([String(backlog), sealMs.toFixed(1), backMs.toFixed(2), String(commits)]);
}
reportBench("core/ledgers/backlog", {
  columns: ["transactions waiting", "ms per block", "rolled back: ms per block", "commits in all"],
  rows,
  notes: [`${blocks} blocks of one transaction each.`],
});

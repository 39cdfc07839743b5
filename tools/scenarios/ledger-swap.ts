import { openCrypto } from "@bedplate/environment-evm/crypto";
import { allocEntries, patriciaCommitment } from "@bedplate/environment-evm/ledger";
import type { TransactionView } from "@bedplate/routes";
import type { Bedplate } from "@bedplate/sdk";
import { untilAnswered } from "../../apps/server/test/scenarios/run-ends.ts";
import {
  type ServerProcess,
  startServer,
} from "../../apps/server/test/scenarios/server-process.ts";
import {
  type RecordedBatch,
  type ReplayedTransaction,
  type ReplayReport,
  replayBatches,
} from "../../core/ledgers/test/scenarios/evm-replay.ts";
import {
  type Alloc,
  chainText,
  randomCall,
  type UnsignedCall,
  worldOf,
} from "../../core/ledgers/test/scenarios/evm-world.ts";
import { Dice } from "../../core/ledgers/test/scenarios/random-batches.ts";

/** What came of swapping engines below a ledger whose server is killed. */
export interface LedgerSwapReport {
  readonly seed: string;
  readonly kills: number;
  readonly swaps: number;
  readonly rollbacks: number;
  /** Rollbacks that did not lead to the root they named. */
  readonly wrongRollbacks: number;
  /** Transactions whose submission was answered, and those that are in no batch and were not rolled back. */
  readonly acknowledged: number;
  readonly lost: number;
  /** Batches by the release that executed them. */
  readonly releases: Readonly<Record<string, number>>;
  readonly replay: ReplayReport;
}

export interface LedgerSwapOptions {
  readonly folder: string;
  readonly kills: number;
  readonly perLife: number;
  readonly seed: string;
}

const name = "evm";
const slots = ["evm"];
const holders = 24;
const releases = ["evm-compiled", "evm-reference"] as const;
const fuel = 3_000_000;

/**
 * Submits random EVM transactions while the slot's release changes between the compiling engine and the
 * reference, the ledger is rolled back, and the server is killed with SIGKILL at random moments; then
 * executes what the ledger holds again from its genesis, and compares roots, receipts and access lists.
 */
export async function ledgerSwapScenario(options: LedgerSwapOptions): Promise<LedgerSwapReport> {
  const config = {
    data: `file:${options.folder}`,
    listen: { port: 0 },
    ledgers: { sealMs: 40 },
  };
  const scenario = new LedgerSwap(await startServer(config, { slots }), config, options);
  try {
    return await scenario.run();
  } finally {
    await scenario.close();
  }
}

class LedgerSwap {
  #server: ServerProcess;
  readonly #config: object;
  readonly #options: LedgerSwapOptions;
  readonly #dice: Dice;
  readonly #calls: UnsignedCall[] = [];
  /** Numbers of calls by the ids of their transactions. */
  readonly #acknowledged = new Map<string, number>();
  #open: readonly number[] = [];
  #artifact = "";
  #alloc: Alloc = {};
  #swaps = 0;
  #rollbacks = 0;
  #wrongRollbacks = 0;

  constructor(server: ServerProcess, config: object, options: LedgerSwapOptions) {
    this.#server = server;
    this.#config = config;
    this.#options = options;
    this.#dice = new Dice(options.seed);
  }

  get #client(): Bedplate {
    return this.#server.client;
  }

  async run(): Promise<LedgerSwapReport> {
    await this.#prepare();
    const { kills, seed } = this.#options;
    for (let life = 0; life < kills; life++) await this.#life(life);
    await this.#submitAll(this.#open);
    const views = await this.#settled();
    const phases = [...views.values()].map(({ phase }) => phase);
    const counts: Record<string, number> = {};
    const replay = await replayBatches(this.#alloc, this.#batches(views, counts));
    return {
      seed,
      kills,
      swaps: this.#swaps,
      rollbacks: this.#rollbacks,
      wrongRollbacks: this.#wrongRollbacks,
      acknowledged: phases.length,
      lost: phases.filter((each) => each !== "done" && each !== "rolled-back").length,
      releases: counts,
      replay,
    };
  }

  close(): Promise<void> {
    return this.#server.kill();
  }

  async #prepare(): Promise<void> {
    const { crypto } = await openCrypto({ preference: "portable" });
    this.#alloc = worldOf(holders, (bytes) => crypto.keccak256(bytes));
    const { artifacts, ledgers } = this.#client;
    this.#artifact = (await artifacts.put(Buffer.from(chainText))).digest;
    await ledgers.create({
      name,
      slot: "evm",
      commitment: patriciaCommitment.name,
      retainBatches: 100_000,
      genesis: await allocEntries(this.#alloc),
    });
  }

  async #life(life: number): Promise<void> {
    const first = this.#calls.length;
    for (let n = 0; n < this.#options.perLife; n++) {
      this.#calls.push(randomCall(this.#dice, holders));
    }
    const fresh = Array.from({ length: this.#options.perLife }, (_, n) => first + n);
    const work = [...this.#open, ...fresh];
    const half = Math.ceil(work.length / 2);
    const before = this.#submitAll(work.slice(0, half));
    await pause(this.#dice.below(400));
    const swapping = this.#swap(life).catch(() => {});
    // Some lives see the swap through, some end in the middle of it.
    if (life % 2 === 0) await swapping;
    const after = this.#submitAll(work.slice(half));
    const rolling = life % 4 === 3 ? this.#rollBack().catch(() => {}) : undefined;
    if (life % 8 === 3) await rolling;
    await pause(this.#dice.below(1_000));
    await this.#server.kill();
    await Promise.allSettled([before, swapping, after, rolling]);
    this.#server = await startServer(this.#config, { slots });
    const done = new Set(this.#acknowledged.values());
    this.#open = work.filter((each) => !done.has(each));
  }

  async #submitAll(numbers: readonly number[]): Promise<void> {
    const waiting = [...numbers];
    const submitNext = async (): Promise<void> => {
      for (let number = waiting.shift(); number !== undefined; number = waiting.shift()) {
        const { id } = await this.#client.ledgers.submit(name, {
          artifact: { digest: this.#artifact },
          entry: "transact-unsigned",
          input: JSON.stringify(this.#calls[number]),
          budget: { fuel },
          idempotencyKey: `key-${number}`,
        });
        this.#acknowledged.set(id, number);
      }
    };
    await Promise.allSettled(Array.from({ length: 16 }, submitNext));
  }

  async #swap(life: number): Promise<void> {
    const release = releases[(life + 1) % 2] ?? releases[0];
    await this.#client.registry.swap("evm", { name: release, version: "0.1.0", drainMs: 5_000 });
    this.#swaps++;
  }

  async #rollBack(): Promise<void> {
    const { ledgers } = this.#client;
    const { batch, oldest } = await ledgers.get(name);
    const to = Math.max(oldest, batch - this.#dice.below(5));
    const { root } = await ledgers.batch(name, to);
    const rolled = await ledgers.rollback(name, to);
    this.#rollbacks++;
    if (rolled.root !== root || rolled.batch !== to) this.#wrongRollbacks++;
  }

  /** Every transaction that was taken, once it has come to its end. */
  async #settled(): Promise<ReadonlyMap<string, TransactionView>> {
    const views = new Map<string, TransactionView>();
    for (const id of this.#acknowledged.keys()) {
      const ask = () => this.#client.ledgers.transaction(name, id, { waitMs: 30_000 });
      views.set(id, await untilAnswered(ask));
    }
    return views;
  }

  async *#batches(
    views: ReadonlyMap<string, TransactionView>,
    counts: Record<string, number>,
  ): AsyncGenerator<RecordedBatch> {
    const { ledgers } = this.#client;
    const { batch: last } = await ledgers.get(name);
    for (let number = 1; number <= last; number++) {
      const { at, root, receipts, accessList, release = "" } = await ledgers.batch(name, number);
      counts[release] = (counts[release] ?? 0) + 1;
      const transactions: ReplayedTransaction[] = [];
      for (let from: number | undefined = 0; from !== undefined; ) {
        const page = await ledgers.receipts(name, number, { from, limit: 500 });
        for (const { transaction, index } of page.receipts) {
          transactions.push({ ...this.#recorded(transaction, views), index });
        }
        from = page.next;
      }
      yield { number, at, root, receipts, accessList, transactions };
    }
  }

  #recorded(
    id: string,
    views: ReadonlyMap<string, TransactionView>,
  ): Omit<ReplayedTransaction, "index"> {
    const view = views.get(id);
    const call = this.#calls[this.#acknowledged.get(id) ?? -1];
    if (view === undefined || call === undefined) throw new Error(`Nobody submitted ${id}`);
    const { sender, budget, priority, gasPrice } = view;
    return { id, call, sender, budget, priority, gasPrice };
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

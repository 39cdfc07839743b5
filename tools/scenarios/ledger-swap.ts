import { openCrypto } from "@bedplate/environment-evm/crypto";
import { allocEntries, patriciaCommitment } from "@bedplate/environment-evm/ledger";
import type { Bedplate } from "@bedplate/sdk";
import {
  type ServerProcess,
  startServer,
} from "../../apps/server/test/scenarios/server-process.ts";
import { type ReplayReport, replayBatches } from "../../core/ledgers/test/scenarios/evm-replay.ts";
import { type Alloc, chainText, worldOf } from "../../core/ledgers/test/scenarios/evm-world.ts";
import { Dice } from "../../core/ledgers/test/scenarios/random-batches.ts";
import { holders, SwapLoad } from "./swap-load.ts";
import { recordedBatches, recordedHeaders, rootOfState, settledViews } from "./swap-record.ts";

/** What came of swapping engines below a ledger whose server is killed. */
export interface LedgerSwapReport {
  readonly seed: string;
  readonly kills: number;
  readonly swaps: number;
  readonly rollbacks: number;
  /** Rollbacks that did not lead to the root they named, or whose state has another one. */
  readonly wrongRollbacks: number;
  /** Batches that rollbacks took away, beside those that were replayed. */
  readonly rolledBack: number;
  /** Transactions whose submission was answered, and those that are in no batch and were not rolled back. */
  readonly acknowledged: number;
  readonly lost: number;
  /** Refused when they came, and dropped because of what came before them. */
  readonly refused: number;
  readonly dropped: number;
  /** Batches by the release that executed them. */
  readonly releases: Readonly<Record<string, number>>;
  readonly replay: ReplayReport;
}

export interface LedgerSwapOptions {
  readonly folder: string;
  readonly kills: number;
  /** Batches that the ledger has in the end. */
  readonly blocks: number;
  readonly seed: string;
}

const name = "evm";
const slots = ["evm"];
/** What the slot is swapped to in every four lives. */
const releases = ["evm-reference", "evm-compiled", "evm-compiled", "evm-reference"] as const;
/** Rollbacks after the replay: to any batch of the whole ledger, each behind the one before. */
const lastRollbacks = 10;
/** A ledger that makes no batch for so long has stopped. */
const standstillMs = 120_000;

/**
 * Submits random EVM transactions while the slot's release changes between the compiling engine and the
 * reference, the ledger is rolled back, and the server is killed with SIGKILL at random moments; then
 * executes what the ledger holds again from its genesis, and compares roots, receipts and access lists;
 * then rolls back to random batches, and compares the roots of what is there with those of the replay.
 */
export async function ledgerSwapScenario(options: LedgerSwapOptions): Promise<LedgerSwapReport> {
  const config = {
    data: `file:${options.folder}`,
    listen: { port: 0 },
    ledgers: { sealMs: 5 },
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
  #swaps = 0;
  #rollbacks = 0;
  #wrongRollbacks = 0;
  #rolledBack = 0;

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
    const { alloc, load } = await this.#prepare();
    const { kills, seed } = this.#options;
    for (let life = 0; life < kills; life++) await this.#life(life, load);
    await this.#whileLoaded(load, () => this.#reach(this.#options.blocks));
    await load.finish(this.#client);
    const rolledBack = this.#rolledBack;
    const views = await settledViews(this.#client, name, load.acknowledged.keys());
    const phases = [...views.values()].map(({ phase }) => phase);
    const headers = await recordedHeaders(this.#client, name);
    const counts: Record<string, number> = {};
    for (const { release = "" } of headers) counts[release] = (counts[release] ?? 0) + 1;
    const batches = recordedBatches(this.#client, name, { headers, load, views });
    const replay = await replayBatches(alloc, batches);
    await this.#goBack(headers);
    return {
      seed,
      kills,
      swaps: this.#swaps,
      rollbacks: this.#rollbacks,
      wrongRollbacks: this.#wrongRollbacks,
      rolledBack,
      acknowledged: phases.length,
      refused: load.refused.size,
      dropped: phases.filter((each) => each === "dropped").length,
      lost: phases.filter((each) => !["done", "dropped", "rolled-back"].includes(each)).length,
      releases: counts,
      replay,
    };
  }

  close(): Promise<void> {
    return this.#server.kill();
  }

  async #prepare(): Promise<{ readonly alloc: Alloc; readonly load: SwapLoad }> {
    const { crypto } = await openCrypto({ preference: "portable" });
    const alloc = worldOf(holders, (bytes) => crypto.keccak256(bytes));
    const { artifacts, ledgers } = this.#client;
    const { digest: artifact } = await artifacts.put(Buffer.from(chainText));
    await ledgers.create({
      name,
      slot: "evm",
      commitment: patriciaCommitment.name,
      retainBatches: 100_000,
      genesis: await allocEntries(alloc),
    });
    return { alloc, load: new SwapLoad({ ledger: name, artifact }, this.#options.seed) };
  }

  /** One life of the server. Some see a swap and a rollback through, some end in the middle of them. */
  async #life(life: number, load: SwapLoad): Promise<void> {
    const { kills, blocks } = this.#options;
    const share = Math.ceil(blocks / kills);
    await this.#whileLoaded(load, async () => {
      await pause(this.#dice.below(500));
      await this.#reach(Math.ceil(share * (life + 0.5)));
      if (life % 2 === 0) await this.#swap(life);
      if (life % 8 === 3) await this.#rollBack(this.#dice.below(share));
      await this.#reach(share * (life + 1));
      const unfinished: Promise<void>[] = [];
      const begin = (work: Promise<void>) => unfinished.push(work.catch(() => {}));
      if (life % 2 === 1) begin(this.#swap(life));
      if (life % 8 === 7) begin(this.#rollBack(this.#dice.below(share)));
      await pause(this.#dice.below(600));
      await this.#server.kill();
      await Promise.all(unfinished);
    });
    this.#server = await startServer(this.#config, { slots });
  }

  async #whileLoaded(load: SwapLoad, work: () => Promise<void>): Promise<void> {
    const enough = new AbortController();
    const loading = load.run(this.#client, enough.signal);
    try {
      await work();
    } finally {
      enough.abort();
      await loading;
    }
  }

  /** Until the ledger has so many batches. */
  async #reach(blocks: number): Promise<void> {
    let [seen, since] = [-1, Date.now()];
    for (;;) {
      const { batch } = await this.#client.ledgers.get(name);
      if (batch >= blocks) return;
      if (batch !== seen) [seen, since] = [batch, Date.now()];
      if (Date.now() - since > standstillMs) throw new Error(`No batch after ${batch}`);
      await pause(50);
    }
  }

  async #swap(life: number): Promise<void> {
    // Lives in which a swap is seen through are the even ones.
    const release = releases[life % 4] ?? releases[0];
    await this.#client.registry.swap("evm", { name: release, version: "0.1.0", drainMs: 5_000 });
    this.#swaps++;
  }

  async #rollBack(depth: number): Promise<void> {
    const { ledgers } = this.#client;
    const { batch, oldest } = await ledgers.get(name);
    const to = Math.max(oldest, batch - depth);
    const { root } = await ledgers.batch(name, to);
    const rolled = await ledgers.rollback(name, to);
    this.#rollbacks++;
    this.#rolledBack += batch - to;
    if (rolled.root !== root || rolled.batch !== to) this.#wrongRollbacks++;
  }

  /** To random batches; what is there then must have the root that was replayed. */
  async #goBack(
    headers: readonly { readonly number: number; readonly root: string }[],
  ): Promise<void> {
    const places = Array.from({ length: lastRollbacks }, () => this.#dice.below(headers.length));
    for (const place of places.sort((a, b) => b - a)) {
      const { number = 0, root } = headers[place] ?? {};
      const rolled = await this.#client.ledgers.rollback(name, number);
      const isRight = rolled.root === root && (await rootOfState(this.#client, name)) === root;
      this.#rollbacks++;
      if (!isRight) this.#wrongRollbacks++;
    }
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

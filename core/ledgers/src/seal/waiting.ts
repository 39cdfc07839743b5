import type { Clock } from "@bedplate/clock";
import { raise } from "@bedplate/errors";
import type { StateStore } from "@bedplate/state";
import type { WaitingTransaction } from "../order/order-policy.ts";
import { type Transaction, transactionTable, waitingTable } from "../transaction.ts";

/** How long a count of the waiting is believed. */
const countMs = 500;

/** Inputs of one ledger's transactions that are kept at hand, in bytes. */
const keptBytesMax = 4 * 1024 * 1024;
/** Ledgers of which some are kept. */
const ledgersKeptMax = 16;

/** The transactions that wait for a batch, and how many there may be. */
export class Waiting {
  readonly #state: StateStore;
  readonly #clock: Clock;
  readonly #waitingMax: number;
  readonly #counts = new Map<string, { count: number; readonly until: number }>();
  /** By ledger and id: what was asked for last, for what has no room in one batch is asked for again. */
  readonly #kept = new Map<string, ReadonlyMap<string, Transaction>>();

  constructor(options: {
    readonly state: StateStore;
    readonly clock: Clock;
    readonly waitingMax: number;
  }) {
    this.#state = options.state;
    this.#clock = options.clock;
    this.#waitingMax = options.waitingMax;
  }

  /** All that wait, in the order in which they were accepted. */
  async list(ledger: string): Promise<readonly WaitingTransaction[]> {
    const waiting: WaitingTransaction[] = [];
    const prefix = waitingTable.key(`${ledger}/`);
    const limit = this.#state.limits.pageMax;
    for await (const entry of this.#state.listAll({ prefix, limit })) {
      const { id, document, revision } = waitingTable.read(entry);
      waiting.push({ ...document, id: id.slice(ledger.length + 1), place: revision });
      if (waiting.length >= this.#waitingMax) break;
    }
    return waiting
      .sort((a, b) => a.place - b.place || (a.id < b.id ? -1 : 1))
      .map((each, place) => ({ ...each, place }));
  }

  /** Their bodies, in the order of the ids; one that is gone meanwhile is left out. */
  async bodies(ledger: string, ids: readonly string[]): Promise<readonly Transaction[]> {
    const kept = this.#kept.get(ledger);
    const missing = ids.filter((id) => kept?.has(id) !== true);
    const read = await this.#read(ledger, missing);
    const bodies = ids.flatMap((id) => kept?.get(id) ?? read.get(id) ?? []);
    this.#keep(ledger, bodies);
    return bodies;
  }

  async #read(ledger: string, ids: readonly string[]): Promise<ReadonlyMap<string, Transaction>> {
    const bodies = new Map<string, Transaction>();
    const groupMax = Math.min(500, this.#state.limits.commitItemsMax);
    for (let at = 0; at < ids.length; at += groupMax) {
      const keys = ids
        .slice(at, at + groupMax)
        .map((id) => transactionTable.key(`${ledger}/${id}`));
      for (const entry of await this.#state.getMany(keys)) {
        if (entry === null) continue;
        const { document } = transactionTable.read(entry);
        bodies.set(document.id, document);
      }
    }
    return bodies;
  }

  #keep(ledger: string, bodies: readonly Transaction[]): void {
    this.#kept.delete(ledger);
    const bytes = bodies.reduce((sum, { input }) => sum + input.length, 0);
    if (bodies.length === 0 || bytes > keptBytesMax) return;
    this.#kept.set(ledger, new Map(bodies.map((each) => [each.id, each])));
    const [oldest] = this.#kept.keys();
    if (this.#kept.size > ledgersKeptMax && oldest !== undefined) this.#kept.delete(oldest);
  }

  /** The ledgers that have any; one look per ledger, however many others there are. */
  async ledgers(): Promise<readonly string[]> {
    const ledgers: string[] = [];
    const prefix = waitingTable.key("");
    let start = prefix;
    for (;;) {
      const { entries } = await this.#state.list({ prefix, start, limit: 1 });
      const [found] = entries;
      if (found === undefined) return ledgers;
      const [ledger = ""] = waitingTable.read(found).id.split("/");
      ledgers.push(ledger);
      // The first key behind all of this ledger's: "0" follows "/".
      start = waitingTable.key(`${ledger}0`);
    }
  }

  /** Refuses one more where too many wait. What other replicas accept within half a second may come on top. */
  async demandRoom(ledger: string): Promise<void> {
    const now = this.#clock.monotonic();
    let known = this.#counts.get(ledger);
    if (known === undefined || known.until <= now) {
      known = { count: (await this.list(ledger)).length, until: now + countMs };
      this.#counts.set(ledger, known);
    }
    if (known.count >= this.#waitingMax) throw tooMany(this.#waitingMax);
    known.count++;
  }
}

function tooMany(limit: number): Error {
  return raise("quota.exceeded", {
    op: "ledgers.submit",
    retryAfterMs: 1_000,
    detail: { meter: "waitingTransactions", limit, asked: limit + 1 },
    message: `Cannot take the transaction: ${limit} wait for a batch of this ledger already`,
  });
}

import type { Clock } from "@bedplate/clock";
import { raise } from "@bedplate/errors";
import { defineSchema, type Schema, Type } from "@bedplate/schema";
import { DocumentTable, type StateStore, type StoredDocument } from "@bedplate/state";
import { fenceOf, isLostRace } from "../store/ledger-store.ts";

/** Who may write a ledger, and until when. */
export interface LeaseRecord {
  readonly holder: string;
  /** Where the holder runs; a later replica of the same place knows that the holder is gone. */
  readonly place?: string | undefined;
  readonly epoch: number;
  readonly until: number;
}

const schema: Schema<LeaseRecord> = defineSchema(
  Type.Object(
    {
      holder: Type.String(),
      place: Type.Optional(Type.String()),
      epoch: Type.Integer({ minimum: 1 }),
      until: Type.Number(),
    },
    { additionalProperties: false },
  ),
);
const table = new DocumentTable({ name: "lease", schema });

/** How long a replica may write a ledger without saying again that it does. */
export const leaseMs = 5_000;

/** The right to write one ledger, with the epoch that its commits carry. */
export interface LedgerLease {
  readonly epoch: number;
}

interface LeasesModules {
  readonly state: StateStore;
  readonly clock: Clock;
  /** Names this replica. */
  readonly replica: string;
  readonly place?: string | undefined;
}

/** One replica at a time writes a ledger; whoever takes over fences the one before. */
export class LedgerLeases implements AsyncDisposable {
  readonly #modules: LeasesModules;
  /** Ledgers that this replica may still have. */
  readonly #held = new Set<string>();

  constructor(modules: LeasesModules) {
    this.#modules = modules;
  }

  /**
   * Takes or keeps the right to write; null while another replica has it. With `isForced` it is taken
   * from whoever has it: what the other one commits from then on is refused.
   */
  async take(
    ledger: string,
    options: { readonly isForced?: boolean } = {},
  ): Promise<LedgerLease | null> {
    const { state, clock, replica, place } = this.#modules;
    const found = await table.get(state, ledger);
    const now = clock.now();
    const lease = found?.document;
    const isOwn = lease?.holder === replica;
    if (lease !== undefined && isOwn && lease.until - now > leaseMs / 2) return lease;
    const isGone = lease?.place !== undefined && lease.place === place;
    const isHeld = lease !== undefined && !isOwn && !isGone && lease.until > now;
    if (isHeld && options.isForced !== true) return null;
    const epoch = (lease?.epoch ?? 0) + (isOwn ? 0 : 1);
    const taken = { holder: replica, epoch, until: now + leaseMs };
    return this.#write(ledger, found, place === undefined ? taken : { ...taken, place });
  }

  /**
   * Does work under the right to write, and keeps the right as long as it takes; null while another
   * replica has it. The signal aborts when the right is lost.
   */
  async hold<T>(
    ledger: string,
    options: { readonly isForced?: boolean; readonly signal: AbortSignal },
    work: (lease: LedgerLease, signal: AbortSignal) => Promise<T>,
  ): Promise<T | null> {
    const lease = await this.take(ledger, options);
    if (lease === null) return null;
    const over = new AbortController();
    const lost = new AbortController();
    const keeping = this.#keep(ledger, { lease, over: over.signal, lost });
    try {
      return await work(lease, AbortSignal.any([options.signal, lost.signal]));
    } finally {
      over.abort();
      await keeping;
    }
  }

  async #keep(
    ledger: string,
    options: {
      readonly lease: LedgerLease;
      readonly over: AbortSignal;
      readonly lost: AbortController;
    },
  ): Promise<void> {
    const { lease, over, lost } = options;
    for (;;) {
      await this.#modules.clock.sleep(leaseMs / 4, { signal: over }).catch(() => {});
      if (over.aborted) return;
      try {
        const kept = await this.take(ledger);
        if (kept?.epoch === lease.epoch) continue;
        lost.abort(lostFault(ledger));
        return;
      } catch {
        // The store is away: if it stays so, the lease ends, and the commit shows whether it did.
      }
    }
  }

  /** Lets other replicas have at once what this one held. */
  async [Symbol.asyncDispose](): Promise<void> {
    const { state, replica } = this.#modules;
    for (const ledger of this.#held) {
      try {
        const found = await table.get(state, ledger);
        if (found === null || found.document.holder !== replica) continue;
        await this.#write(ledger, found, { ...found.document, until: 0 });
      } catch {
        // Then it ends by itself.
      }
    }
  }

  /** Forgets a ledger that is no more. */
  async forget(ledger: string): Promise<void> {
    this.#held.delete(ledger);
    await this.#modules.state.commit({ ops: [table.delete(ledger)] });
  }

  async #write(
    ledger: string,
    before: StoredDocument<LeaseRecord> | null,
    lease: LeaseRecord,
  ): Promise<LedgerLease | null> {
    try {
      await this.#modules.state.commit({
        checks: [before === null ? table.absent(ledger) : table.at(before)],
        ops: [table.put(ledger, lease)],
        fence: fenceOf(ledger, lease.epoch),
      });
      this.#held.add(ledger);
      return lease;
    } catch (error) {
      if (isLostRace(error)) return null;
      throw error;
    }
  }
}

function lostFault(ledger: string): Error {
  return raise("lease.lost", {
    op: "ledgers.seal",
    subject: `ledger/${ledger}`,
    detail: { job: ledger },
    message: `Cannot go on writing ledger/${ledger}: another replica took over`,
  });
}

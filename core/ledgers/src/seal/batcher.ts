import { isFault } from "@bedplate/errors";
import type { LedgersModules } from "../ledgers-modules.ts";
import { isLostRace, type LedgerStore } from "../store/ledger-store.ts";
import type { LedgerLeases } from "./ledger-lease.ts";
import type { Sealer } from "./sealer.ts";
import type { Waiting } from "./waiting.ts";

/** Ledgers that this replica seals at once. */
const sealsAtOnce = 8;
/** Longest pause after a ledger's batch could not be made. */
const pauseMsMax = 5_000;

/** Longest pause while all that waits is postponed: what another replica accepts is not told here. */
const idleMsMax = 1_000;

interface BatcherParts {
  readonly store: LedgerStore;
  readonly leases: LedgerLeases;
  readonly sealer: Sealer;
  readonly waiting: Waiting;
}

/** Seals batches as long as it lives: by time, and at once where as many wait as a batch holds. */
export class Batcher implements AsyncDisposable {
  readonly #modules: LedgersModules;
  readonly #parts: BatcherParts;
  readonly #stopping = new AbortController();
  readonly #busy = new Map<string, Promise<void>>();
  readonly #pauses = new Map<string, { readonly ms: number; readonly until: number }>();
  /** Ledgers of which only postponed transactions wait, until when; accepting one ends it. */
  readonly #idle = new Map<string, number>();
  /** Ledgers for which one was accepted since their last batch was begun. */
  readonly #fresh = new Set<string>();
  #accepted = 0;
  #wake: (() => void) | undefined;
  #looping: Promise<void> | undefined;

  constructor(modules: LedgersModules, parts: BatcherParts) {
    this.#modules = modules;
    this.#parts = parts;
  }

  start(): void {
    this.#looping ??= this.#loop();
  }

  /** One more transaction of a ledger waits. */
  accepted(ledger: string): void {
    this.#fresh.add(ledger);
    this.#idle.delete(ledger);
    this.#accepted++;
    if (this.#accepted >= this.#modules.limits.batchTransactionsMax) this.#wake?.();
  }

  /** Does work on a ledger while this replica seals nothing of it. */
  async alone<T>(ledger: string, work: () => Promise<T>): Promise<T> {
    while (this.#busy.has(ledger)) await this.#busy.get(ledger);
    const done = Promise.withResolvers<void>();
    this.#busy.set(ledger, done.promise);
    try {
      return await work();
    } finally {
      this.#busy.delete(ledger);
      done.resolve();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopping.abort();
    await this.#looping;
    await Promise.allSettled(this.#busy.values());
  }

  async #loop(): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      await this.#pause();
      if (signal.aborted) return;
      this.#accepted = 0;
      try {
        await this.#round();
      } catch (error) {
        if (!isFault(error)) throw error;
        this.#modules.log.warn("waiting transactions not looked for", { reason: error.fault.code });
      }
    }
  }

  async #pause(): Promise<void> {
    const { clock, limits } = this.#modules;
    const woken = new AbortController();
    this.#wake = () => woken.abort();
    const signal = AbortSignal.any([woken.signal, this.#stopping.signal]);
    await clock.sleep(limits.sealMs, { signal }).catch(() => {});
    this.#wake = undefined;
  }

  async #round(): Promise<void> {
    const now = this.#modules.clock.monotonic();
    const due = (await this.#parts.waiting.ledgers()).filter(
      (id) => !this.#busy.has(id) && this.#restsUntil(id) <= now,
    );
    await Promise.all(due.slice(0, sealsAtOnce).map((id) => this.alone(id, () => this.#seal(id))));
  }

  #restsUntil(id: string): number {
    return Math.max(this.#pauses.get(id)?.until ?? 0, this.#idle.get(id) ?? 0);
  }

  /** One batch of a ledger; what fails is tried again, a little later each time. */
  async #seal(id: string): Promise<void> {
    const { store, leases, sealer } = this.#parts;
    const { log, registry } = this.#modules;
    this.#fresh.delete(id);
    this.#idle.delete(id);
    try {
      const ledger = (await store.byId(id))?.ledger;
      if (ledger === undefined) return;
      const isMounted = registry.slots.list().some(({ slot }) => slot === ledger.slot);
      if (!isMounted) return;
      await leases.hold(id, { signal: this.#stopping.signal }, async (lease, signal) => {
        const head = await store.head(id);
        await sealer.seal({ ledger, head, lease, signal });
        this.#rest(id, sealer.idleUntil(id));
      });
      this.#pauses.delete(id);
    } catch (error) {
      if (this.#stopping.signal.aborted) return;
      this.#pauseLedger(id);
      if (isLostRace(error)) return;
      const reason = isFault(error) ? error.fault.code : String(error);
      log.warn("batch not sealed", { ledger: id, reason });
    }
  }

  #rest(id: string, until: number | undefined): void {
    if (until === undefined || this.#fresh.has(id)) return;
    this.#idle.set(id, Math.min(until, this.#modules.clock.monotonic() + idleMsMax));
  }

  #pauseLedger(id: string): void {
    const ms = Math.min((this.#pauses.get(id)?.ms ?? 50) * 2, pauseMsMax);
    this.#pauses.set(id, { ms, until: this.#modules.clock.monotonic() + ms });
  }
}

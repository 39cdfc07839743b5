import { newId } from "@bedplate/clock";
import type { Digest } from "@bedplate/codec";
import { raise } from "@bedplate/errors";
import { compareNames, nameOf } from "./byte-name.ts";
import { commitmentOf } from "./commitment/commitments.ts";
import { radixCommitment } from "./commitment/radix-commitment.ts";
import type { KeyChange } from "./commitment/state-commitment.ts";
import {
  headTable,
  type Ledger,
  ledgerNamePattern,
  ledgerTable,
  nameTable,
  type OrderName,
  type SchedulerName,
} from "./ledger.ts";
import { ledgerLimits } from "./ledger-limits.ts";
import type { LedgersModules } from "./ledgers-modules.ts";
import { genesisEffects } from "./seal/execute-batch.ts";
import type { LedgerLeases } from "./seal/ledger-lease.ts";
import type { Sealer } from "./seal/sealer.ts";
import { readSnapshot } from "./snapshot.ts";
import { isLostRace, type LedgerStore, type OpenedLedger } from "./store/ledger-store.ts";
import { demandTransactional } from "./transaction-intake.ts";

/** A ledger that somebody wants. */
export interface LedgerRequest {
  readonly project: string;
  readonly name: string;
  readonly slot: string;
  /** Default: `arrival`. */
  readonly order?: OrderName | undefined;
  /** Default: `optimistic`. */
  readonly scheduler?: SchedulerName | undefined;
  /** Default: the house's own. */
  readonly commitment?: string | undefined;
  /** Default: 1,000. */
  readonly retainBatches?: number | undefined;
  /** What is there before the first transaction. */
  readonly genesis?:
    | readonly { readonly key: Uint8Array; readonly value: Uint8Array }[]
    | undefined;
  /** A snapshot that is there before the first transaction: its digest among the project's artifacts. */
  readonly snapshot?: Digest | undefined;
}

const retainBatchesDefault = 1_000;
const retainBatchesMax = 1_000_000;

interface MakerParts {
  readonly store: LedgerStore;
  readonly leases: LedgerLeases;
  readonly sealer: Sealer;
}

/** Makes ledgers, and takes back those whose maker died. */
export class LedgerMaker {
  readonly #modules: LedgersModules;
  readonly #parts: MakerParts;

  constructor(modules: LedgersModules, parts: MakerParts) {
    this.#modules = modules;
    this.#parts = parts;
  }

  /** A new ledger with its genesis. Until that is written whole, nobody sees any of it. */
  async create(request: LedgerRequest, signal: AbortSignal): Promise<OpenedLedger> {
    const { project, name } = request;
    const ledger = this.#plan(request);
    const entries = await this.#genesis(request, ledger);
    await this.#demandFree(project, name);
    await this.#reserve(ledger);
    const made = await this.#parts.leases.hold(ledger.id, { signal }, (lease, held) =>
      this.#writeGenesis(ledger, { entries, lease, signal: held }),
    );
    if (made === null) throw busy(name);
    return made;
  }

  /** Takes back what makers that died left. */
  async sweep(signal: AbortSignal): Promise<void> {
    const { store } = this.#parts;
    for await (const entry of store.state.listAll({ prefix: headTable.key("") })) {
      const { id, document } = headTable.read(entry);
      if (document.number >= 0) continue;
      const found = await store.byId(id);
      if (found !== null) await this.#takeBack(found, signal);
    }
  }

  #plan(request: LedgerRequest): Ledger {
    const { clock, random, registry } = this.#modules;
    const { project, name, slot, order = "arrival", scheduler = "optimistic" } = request;
    const { commitment = radixCommitment.name, retainBatches = retainBatchesDefault } = request;
    if (!new RegExp(ledgerNamePattern).test(name)) {
      throw invalid("/name", "must be 1 to 63 lower-case letters, digits and dashes");
    }
    if (!Number.isSafeInteger(retainBatches) || retainBatches < 1) {
      throw invalid("/retainBatches", "must be a whole number from 1");
    }
    if (retainBatches > retainBatchesMax) throw invalid("/retainBatches", "is too large");
    commitmentOf(this.#modules, commitment);
    using use = registry.slots.use(slot);
    demandTransactional(use, slot);
    const now = clock.now();
    const id = newId("ledger", now, random);
    return { id, project, name, slot, order, scheduler, commitment, retainBatches, createdAt: now };
  }

  async #genesis(request: LedgerRequest, ledger: Ledger): Promise<readonly KeyChange[]> {
    const { genesis = [], snapshot, project } = request;
    if (snapshot === undefined) return checkedGenesis(genesis);
    if (genesis.length > 0) throw invalid("/genesis", "excludes a snapshot");
    const { artifacts } = this.#modules;
    await artifacts.demandOwn(snapshot, project);
    const { header, entries } = readSnapshot(await artifacts.read(snapshot));
    const commitment = commitmentOf(this.#modules, ledger.commitment);
    if (header.commitment !== commitment.name) {
      throw invalid("/commitment", `must be ${header.commitment}, as in the snapshot`);
    }
    const { root } = await commitment.update({
      root: commitment.emptyRoot,
      changes: entries,
      nodes: { get: async () => null },
    });
    if (root !== header.root) throw wrongRoot(header.root, root);
    return entries;
  }

  async #demandFree(project: string, name: string): Promise<void> {
    const { store } = this.#parts;
    const found = await store.find(project, name);
    if (found !== null && found.head.document.number >= 0) throw exists(name);
    if (found !== null && !(await this.#takeBack(found, new AbortController().signal))) {
      throw busy(name);
    }
    const { length } = await store.list(project);
    if (length >= ledgerLimits.ledgersMax) throw tooMany(ledgerLimits.ledgersMax);
  }

  async #reserve(ledger: Ledger): Promise<void> {
    const { id, project, name, commitment } = ledger;
    const nameId = `${project}/${name}`;
    const root = commitmentOf(this.#modules, commitment).emptyRoot;
    const head = { number: -1, serial: 0, root, at: 0, dirtyUpTo: 0, oldest: 0, pruned: 0 };
    try {
      await this.#parts.store.state.commit({
        checks: [nameTable.absent(nameId)],
        ops: [nameTable.put(nameId, { id }), ledgerTable.put(id, ledger), headTable.put(id, head)],
      });
    } catch (error) {
      if (isLostRace(error)) throw exists(name);
      throw error;
    }
  }

  async #writeGenesis(
    ledger: Ledger,
    options: {
      readonly entries: readonly KeyChange[];
      readonly lease: { readonly epoch: number };
      readonly signal: AbortSignal;
    },
  ): Promise<OpenedLedger> {
    const { entries, lease, signal } = options;
    const { sealer, store } = this.#parts;
    const head = await store.head(ledger.id);
    const effects = await genesisEffects(entries, {
      at: ledger.createdAt,
      base: sealer.base(ledger, head.document),
      commitment: commitmentOf(this.#modules, ledger.commitment),
    });
    const written = await sealer.write({ ledger, head, lease, signal }, effects);
    return { ledger, head: written };
  }

  /** Removes a ledger that was never made; false while somebody is at it. */
  async #takeBack(found: OpenedLedger, signal: AbortSignal): Promise<boolean> {
    const { leases, sealer, store } = this.#parts;
    const { ledger } = found;
    // Its maker takes the lease right after the name: give it that moment.
    const isFresh = this.#modules.clock.now() - ledger.createdAt < freshMs;
    if (isFresh) return false;
    const done = await leases.hold(ledger.id, { signal }, async (lease, held) => {
      const before = await store.head(ledger.id);
      if (before.document.number >= 0) return false;
      const head = await sealer.prepare({ ledger, head: before, lease, signal: held });
      await store.state.commit({
        checks: [headTable.at(head)],
        ops: [
          nameTable.delete(`${ledger.project}/${ledger.name}`),
          ledgerTable.delete(ledger.id),
          headTable.delete(ledger.id),
        ],
      });
      await leases.forget(ledger.id);
      return true;
    });
    return done === true;
  }
}

/** How long a maker has between the name and the lease. */
const freshMs = 30_000;

function checkedGenesis(
  genesis: readonly { readonly key: Uint8Array; readonly value: Uint8Array }[],
): readonly KeyChange[] {
  const { genesisEntriesMax, keyBytesMax, valueBytesMax } = ledgerLimits;
  if (genesis.length > genesisEntriesMax)
    throw invalid("/genesis", `has more than ${genesisEntriesMax} entries`);
  const named = new Map<string, KeyChange>();
  for (const [at, { key, value }] of genesis.entries()) {
    if (key.length > keyBytesMax)
      throw invalid(`/genesis/${at}/key`, `is longer than ${keyBytesMax} bytes`);
    if (value.length > valueBytesMax)
      throw invalid(`/genesis/${at}/value`, `is longer than ${valueBytesMax} bytes`);
    if (named.has(nameOf(key))) throw invalid(`/genesis/${at}/key`, "is there twice");
    named.set(nameOf(key), { key, value });
  }
  return [...named].sort(([a], [b]) => compareNames(a, b)).map(([, entry]) => entry);
}

function invalid(path: string, rule: string): Error {
  return raise("argument.invalid", {
    op: "ledgers.create",
    detail: { path, rule },
    message: `Cannot create the ledger: ${path} ${rule}`,
  });
}

function exists(name: string): Error {
  return raise("resource.exists", {
    op: "ledgers.create",
    subject: `ledger/${name}`,
    detail: { type: "ledger", id: name },
    message: `Cannot create ledger/${name}: there is one`,
  });
}

function busy(name: string): Error {
  return raise("resource.busy", {
    op: "ledgers.create",
    subject: `ledger/${name}`,
    detail: { type: "ledger", id: name, by: "another creation" },
    message: `Cannot create ledger/${name}: somebody is making it`,
  });
}

function tooMany(limit: number): Error {
  return raise("quota.exceeded", {
    op: "ledgers.create",
    retry: "never",
    detail: { meter: "ledgers", limit, asked: limit + 1 },
    message: `Cannot create the ledger: the project has ${limit}`,
  });
}

function wrongRoot(expected: string, actual: string): Error {
  return raise("digest.mismatch", {
    op: "ledgers.import",
    detail: { expected, actual },
    message: `Cannot import the snapshot: its entries have the root ${actual}, and it says ${expected}`,
  });
}

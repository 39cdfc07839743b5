import { newId } from "@bedplate/clock";
import { type Digest, digestBytes, digestValue, isDigest } from "@bedplate/codec";
import type { Budget, InvokeParams } from "@bedplate/environment";
import { raise } from "@bedplate/errors";
import { decide, type ReleaseUse } from "@bedplate/registry";
import { Admissions } from "@bedplate/runs";
import type { StateOp } from "@bedplate/state";
import { checkTransaction } from "./check-transaction.ts";
import type { Ledger, LedgerHead } from "./ledger.ts";
import { ledgerLimits, transactionWallMs } from "./ledger-limits.ts";
import type { LedgersModules } from "./ledgers-modules.ts";
import { TransactionReads } from "./schedule/transaction-reads.ts";
import type { Waiting } from "./seal/waiting.ts";
import { BaseReader } from "./store/base-reader.ts";
import { isLostRace, type LedgerStore, type OpenedLedger } from "./store/ledger-store.ts";
import type { StateCaches } from "./store/state-cache.ts";
import { VersionedState } from "./store/versioned-state.ts";
import {
  type DeclaredAccess,
  onceTable,
  type Transaction,
  transactionTable,
  waitingTable,
} from "./transaction.ts";

/** What a caller wants a ledger to execute. */
export interface TransactionRequest {
  readonly artifact: Digest;
  readonly entry: string;
  readonly input: Uint8Array;
  /** Default: the name of the project. */
  readonly sender?: string | undefined;
  /** What it may use; policy bounds it. */
  readonly budget?: Pick<Budget, "fuel" | "memoryBytes" | "outputBytes" | "depth"> | undefined;
  /** 0 to 9. Default: 5. */
  readonly priority?: number | undefined;
  /** Default: 0. */
  readonly gasPrice?: number | undefined;
  readonly access?: DeclaredAccess | undefined;
  readonly idempotencyKey?: string | undefined;
}

const priorityDefault = 5;
/** What a transaction may use that does not say: some milliseconds of work. */
const fuelDefault = 50_000_000;
const gasPriceMax = 1_000_000_000;
const senderPattern = /^[\x21-\x7e]{1,128}$/;

/** Decides whether a transaction may enter a ledger, and makes it wait. Refusals store nothing. */
export class TransactionIntake {
  readonly #modules: LedgersModules;
  readonly #store: LedgerStore;
  readonly #waiting: Waiting;
  readonly #admissions: Admissions;
  readonly #caches: StateCaches;

  constructor(
    modules: LedgersModules,
    parts: {
      readonly store: LedgerStore;
      readonly waiting: Waiting;
      readonly caches: StateCaches;
    },
  ) {
    this.#modules = modules;
    this.#store = parts.store;
    this.#waiting = parts.waiting;
    this.#caches = parts.caches;
    this.#admissions = new Admissions(() => modules.clock.now());
  }

  /** The id of the accepted transaction; of the first one, where the idempotency key is used again. */
  async accept({ ledger, head }: OpenedLedger, request: TransactionRequest): Promise<string> {
    checkRequest(request);
    const once = onceOf(ledger, request);
    const known = once && (await this.#known(once));
    if (known) return known;
    const transaction = await this.#prepare({ ledger, head }, request, once?.digest);
    await this.#waiting.demandRoom(ledger.id);
    try {
      await this.#commit(ledger, transaction, once);
    } catch (error) {
      const first = once && isLostRace(error) ? await this.#known(once) : undefined;
      if (first === undefined) throw error;
      return first;
    }
    return transaction.id;
  }

  async #prepare(
    { ledger, head }: OpenedLedger,
    request: TransactionRequest,
    once: string | undefined,
  ): Promise<Transaction> {
    const { artifacts, clock, random } = this.#modules;
    const { artifact, entry, input, sender, priority, gasPrice, access } = request;
    await artifacts.demandOwn(artifact, ledger.project);
    using use = this.#modules.registry.slots.use(ledger.slot);
    const invoke = demandTransactional(use, ledger.slot);
    if (input.length > invoke.inputBytesMax) {
      throw invalid("/input", `is longer than ${invoke.inputBytesMax} bytes`, invoke.inputBytesMax);
    }
    const granted = await this.#budget(ledger, request, invoke);
    const principal = `project/${ledger.project}`;
    const { batch } = await this.#admissions.demand(use, { artifact, entry, principal });
    if (batch?.opens === entry || batch?.closes === entry)
      throw invalid("/entry", "is for the ledger alone");
    const now = clock.now();
    const { budget, turn } = await checkTransaction(use, {
      ...{ artifact, entry, input, budget: granted, principal, now, head: head.document },
      reads: new TransactionReads(this.#stateAt(ledger, head.document)),
    });
    return {
      id: newId("tx", now, random),
      project: ledger.project,
      sender: sender ?? ledger.project,
      artifact,
      entry,
      input: Uint8Array.from(input),
      budget,
      priority: priority ?? priorityDefault,
      gasPrice: gasPrice ?? 0,
      ...(access !== undefined && { access }),
      ...(turn !== undefined && { turn: { line: turn.line, place: turn.place } }),
      submittedAt: now,
      ...(once !== undefined && { once }),
    };
  }

  /** The ledger's last state; what a batch left or a check read is at hand for the next. */
  #stateAt({ id }: Ledger, { serial }: LedgerHead): BaseReader {
    const versions = new VersionedState(this.#store.state, id);
    return new BaseReader(versions, { cache: this.#caches.of(id), serial });
  }

  async #budget(
    { slot, project }: Ledger,
    request: TransactionRequest,
    { meters, outputBytesMax }: InvokeParams,
  ): Promise<Budget> {
    const policy = await this.#modules.registry.policies.get(slot);
    const asked = { ...(meters.includes("fuel") && { fuel: fuelDefault }), ...request.budget };
    const { budget } = decide(policy, { slot, project, asked, meters });
    // Processor time is not the transaction's doing, and wall time only ends what hangs.
    const { cpuMs: _, ...rest } = budget;
    const wallMs = Math.min(rest.wallMs ?? transactionWallMs, transactionWallMs);
    if (!meters.includes("outputBytes")) return { ...rest, wallMs };
    const outputMax = Math.min(outputBytesMax, ledgerLimits.outputBytesMax);
    return { ...rest, wallMs, outputBytes: Math.min(rest.outputBytes ?? outputMax, outputMax) };
  }

  async #commit(ledger: Ledger, transaction: Transaction, once: Once | undefined): Promise<void> {
    const id = `${ledger.id}/${transaction.id}`;
    const { project, sender, priority, gasPrice, budget, turn, submittedAt: at } = transaction;
    const fuel = budget.fuel ?? 0;
    const checks = [transactionTable.absent(id)];
    const ops: StateOp<string>[] = [
      transactionTable.put(id, transaction),
      waitingTable.put(id, {
        ...{ project, sender, priority, gasPrice, fuel, at },
        ...(turn !== undefined && { turn }),
      }),
    ];
    if (once !== undefined) {
      checks.push(onceTable.absent(once.id));
      ops.push(onceTable.put(once.id, { transaction: transaction.id, request: once.request }));
    }
    await this.#store.state.commit({ checks, ops });
  }

  async #known(once: Once): Promise<string | undefined> {
    const found = await onceTable.get(this.#store.state, once.id);
    if (found === null) return undefined;
    const { request, transaction } = found.document;
    if (request === once.request) return transaction;
    throw raise("idempotency.mismatch", {
      op: "ledgers.submit",
      detail: { key: once.key, first: request, now: once.request },
      message: `Cannot submit the transaction: the idempotency key "${once.key}" was used for another one`,
    });
  }
}

interface Once {
  readonly key: string;
  readonly digest: string;
  readonly id: string;
  readonly request: string;
}

function onceOf(ledger: Ledger, request: TransactionRequest): Once | undefined {
  const {
    idempotencyKey: key,
    artifact,
    entry,
    input,
    sender,
    budget,
    priority,
    gasPrice,
  } = request;
  if (key === undefined) return undefined;
  const digest = digestBytes(Buffer.from(key)).slice("sha256:".length);
  const plain = [JSON.stringify(budget ?? {}), priority ?? null, gasPrice ?? null, sender ?? null];
  return {
    key,
    digest,
    id: `${ledger.id}/${digest}`,
    request: digestValue([artifact, entry, input, ...plain]),
  };
}

/** Refuses an environment whose executions could not be repeated, or that applies what it does itself. */
export function demandTransactional(use: ReleaseUse, slot: string): InvokeParams {
  const { declares, profile } = use.environment.manifest;
  const isFit =
    declares.invoke !== undefined &&
    profile.effects === "captured" &&
    profile.determinism.grade === "bit-exact";
  if (isFit) return declares.invoke;
  throw raise("capability.undeclared", {
    op: "ledgers.create",
    subject: `slot/${slot}`,
    detail: { facet: "invoke" },
    message: `Cannot keep a ledger on slot/${slot}: its environment must declare invoke, captured effects and bit-exact results`,
  });
}

function checkRequest(request: TransactionRequest): void {
  const { artifact, sender, priority, gasPrice, input, access } = request;
  if (!isDigest(artifact)) throw invalid("/artifact", "must be sha256: and 64 hex digits");
  if (sender !== undefined && !senderPattern.test(sender))
    throw invalid("/sender", "must be 1 to 128 visible ASCII characters", 128);
  checkWhole(priority, { path: "/priority", max: 9 });
  checkWhole(gasPrice, { path: "/gasPrice", max: gasPriceMax });
  if (input.length > ledgerLimits.inputBytesMax)
    throw invalid("/input", "is too long", ledgerLimits.inputBytesMax);
  if (access !== undefined) checkAccess(access);
}

function checkWhole(
  value: number | undefined,
  { path, max }: { readonly path: string; readonly max: number },
): void {
  if (value === undefined || (Number.isSafeInteger(value) && value >= 0 && value <= max)) return;
  throw invalid(path, `must be a whole number from 0 to ${max}`, max);
}

function checkAccess({ reads, writes }: DeclaredAccess): void {
  const { accessKeysMax, keyBytesMax } = ledgerLimits;
  if (reads.length + writes.length > accessKeysMax)
    throw invalid("/access", "has too many keys", accessKeysMax);
  for (const key of [...reads, ...writes]) {
    if (key.length > keyBytesMax)
      throw invalid("/access", "has a key that is too long", keyBytesMax);
  }
}

function invalid(path: string, rule: string, limit?: number): Error {
  const bound = limit === undefined ? "" : ` (the limit is ${limit})`;
  return raise("argument.invalid", {
    op: "ledgers.submit",
    detail: { path, rule, limit },
    message: `Cannot submit the transaction: ${path} ${rule}${bound}`,
  });
}

import type { Call, StateCredit, StateReader, StateWrite } from "@bedplate/environment";
import { raise } from "@bedplate/errors";
import { areEqual, bytesOfNumber, isZero, packed, trimmed } from "../transition/bytes.ts";
import type { Transaction } from "../transition/transaction.ts";
import type {
  TransactionChanges,
  TransactionRequest,
  TransactionResult,
  Transactor,
} from "../transition/transactor.ts";
import { tipsKey } from "./block-keys.ts";
import { KnownState } from "./known-state.ts";
import { onState } from "./on-state.ts";
import { accountKey, codeKey, decodeAccount, encodeAccount, slotKey } from "./state-keys.ts";
import { type OpenBlock, StateWorld } from "./state-world.ts";

export interface StateTransaction {
  readonly result: TransactionResult;
  /** Unique keys, sorted bytewise; empty unless the transaction is included. */
  readonly writes: readonly StateWrite[];
  readonly credits: readonly StateCredit[];
}

/** What a transaction on committed state is executed with. */
export interface TransactMeans {
  readonly transactor: Transactor;
  readonly reads: StateReader;
  readonly call: Call;
  /** Decides which keys are read, where the transactor is not to. */
  readonly scout?: Transactor | undefined;
  /** Given where the transaction shares its block with others. */
  readonly shared?: OpenBlock | undefined;
}

/**
 * Executes a transaction on committed state: where a key is not resident the attempt is abandoned, the key
 * is loaded, and the transaction begins again, so that the result is that of one that found all there.
 *
 * Forks before Cancun are refused: there SELFDESTRUCT removes storage whose keys nobody knows.
 */
export async function transactOnState(
  request: TransactionRequest,
  means: TransactMeans,
): Promise<StateTransaction> {
  if (!request.fork.rules.destroysOnlyCreated) throw tooOld(request.fork.name);
  const { scout, ...rest } = means;
  if (scout !== undefined) return transactScouted(request, { ...rest, scout });
  const { transactor, reads, call, shared } = means;
  const world = new StateWorld(reads, shared);
  const owesTips = shared !== undefined;
  const block = world.blockWithHashes(request.block);
  const likely = likelyKeys(request, owesTips);
  const result = await onState(world, { reads, call, likely }, () =>
    transactor.transact({ ...request, block, owesTips }, world),
  );
  return effectsOf(result, means);
}

function effectsOf(
  result: TransactionResult,
  { reads, shared }: Pick<TransactMeans, "reads" | "shared">,
): StateTransaction {
  if (result.kind !== "included") return { result, writes: [], credits: [] };
  const { changes, tip = 0n } = result;
  const more: StateWrite[] = [];
  // A balance that was looked at has in it what the block owed, so that is paid now.
  if (shared !== undefined && result.tip === undefined && isChanged(changes, shared.coinbase)) {
    const key = tipsKey(shared.coinbase);
    if (reads.peek(key)) more.push({ key, value: null });
  }
  const credits =
    shared === undefined || tip === 0n
      ? []
      : [{ key: tipsKey(shared.coinbase), amount: bytesOfNumber(tip) }];
  return { result, writes: writesOf(changes, more), credits };
}

function isChanged({ accounts, deleted }: TransactionChanges, address: Uint8Array): boolean {
  const isIt = (each: Uint8Array) => areEqual(each, address);
  return accounts.some((each) => isIt(each.address)) || deleted.some(isIt);
}

/**
 * The scout executes first, and what it looked at is all that the transactor finds: engines that are both
 * right come to the same end there, because what one of them did not need cannot decide it.
 */
async function transactScouted(
  request: TransactionRequest,
  { scout, transactor, reads, call, shared }: TransactMeans & { readonly scout: Transactor },
): Promise<StateTransaction> {
  const known = new KnownState(reads);
  const recorded = { transactor: scout, reads: known.recorder, call, shared };
  const first = await transactOnState(request, recorded);
  if (first.result.kind === "stopped") return first;
  const isOwed = first.result.kind === "included" && first.result.tip !== undefined;
  const second = await transactOnState(request, { transactor, reads: known, call, shared });
  if (!isOwed || shared === undefined || second.result.kind !== "included") return second;
  const bytes = known.peek(accountKey(shared.coinbase));
  const before = (bytes && decodeAccount(bytes)?.balance) ?? 0n;
  return effectsOf(owing(second.result, { ...shared, before }), { reads, shared });
}

/**
 * The transactor pays the coinbase itself. Where nothing of the transaction has looked at that account,
 * what its balance has become more is what it was paid.
 */
function owing(
  result: TransactionResult & { readonly kind: "included" },
  { coinbase, before }: OpenBlock & { readonly before: bigint },
): TransactionResult {
  const { changes } = result;
  const isIt = ({ address }: { readonly address: Uint8Array }) => areEqual(address, coinbase);
  const accounts = changes.accounts.filter((each) => !isIt(each));
  const tip = (changes.accounts.find(isIt)?.account.balance ?? before) - before;
  return { ...result, changes: { ...changes, accounts }, tip };
}

/** What every such transaction reads, and what it says it will: loaded at once, and not one by one. */
function likelyKeys(
  { transaction, block }: TransactionRequest,
  owesTips: boolean,
): readonly Uint8Array[] {
  const named = namedKeys(transaction);
  return owesTips ? named : [...named, accountKey(block.coinbase)];
}

/** The keys of what a transaction names: its sender, whom it calls, its access list. */
export function namedKeys({ sender, to, accessList }: Transaction): readonly Uint8Array[] {
  const keys = [accountKey(sender)];
  if (to !== undefined) keys.push(accountKey(to));
  for (const { address, slots } of accessList) {
    keys.push(accountKey(address), ...slots.map((slot) => slotKey(address, slot)));
  }
  return keys;
}

/** The changes of a transaction as writes of keys. */
export function writesOf(
  { accounts, deleted, storage }: TransactionChanges,
  more: readonly StateWrite[] = [],
): readonly StateWrite[] {
  const writes: StateWrite[] = [...more];
  for (const address of deleted) writes.push({ key: accountKey(address), value: null });
  for (const { address, account, code } of accounts) {
    writes.push({ key: accountKey(address), value: encodeAccount(account) });
    if (code !== undefined && code.length > 0) {
      writes.push({ key: codeKey(account.codeHash), value: code });
    }
  }
  for (const { address, slot, value } of storage) {
    const key = slotKey(address, slot);
    writes.push({ key, value: isZero(value) ? null : trimmed(value) });
  }
  const unique = new Map(writes.map((write) => [packed(write.key), write]));
  return [...unique.values()].sort((left, right) => Buffer.compare(left.key, right.key));
}

function tooOld(fork: string): Error {
  return raise("argument.invalid", {
    op: "evm.transact",
    detail: { path: "/fork", rule: "cancun or later" },
    message: `Cannot transact on state by the rules of ${fork}: contracts lose their storage there`,
  });
}

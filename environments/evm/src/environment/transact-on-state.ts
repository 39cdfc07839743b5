import type { Call, StateReader, StateWrite } from "@bedplate/environment";
import { raise } from "@bedplate/errors";
import { isZero, packed, trimmed } from "../transition/bytes.ts";
import type {
  TransactionChanges,
  TransactionRequest,
  TransactionResult,
  Transactor,
} from "../transition/transactor.ts";
import { KnownState } from "./known-state.ts";
import { onState } from "./on-state.ts";
import { accountKey, codeKey, encodeAccount, slotKey } from "./state-keys.ts";
import { StateWorld } from "./state-world.ts";

export interface StateTransaction {
  readonly result: TransactionResult;
  /** Unique keys, sorted bytewise; empty unless the transaction is included. */
  readonly writes: readonly StateWrite[];
}

/** What a transaction on committed state is executed with. */
export interface TransactMeans {
  readonly transactor: Transactor;
  readonly reads: StateReader;
  readonly call: Call;
  /** Decides which keys are read, where the transactor is not to. */
  readonly scout?: Transactor | undefined;
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
  const { transactor, reads, call } = means;
  const world = new StateWorld(reads);
  const result = await onState(world, { reads, call, likely: likelyKeys(request) }, () =>
    transactor.transact(request, world),
  );
  return { result, writes: result.kind === "included" ? writesOf(result.changes) : [] };
}

/**
 * The scout executes first, and what it looked at is all that the transactor finds: engines that are both
 * right come to the same end there, because what one of them did not need cannot decide it.
 */
async function transactScouted(
  request: TransactionRequest,
  { scout, transactor, reads, call }: TransactMeans & { readonly scout: Transactor },
): Promise<StateTransaction> {
  const known = new KnownState(reads);
  const first = await transactOnState(request, { transactor: scout, reads: known.recorder, call });
  if (first.result.kind === "stopped") return first;
  return transactOnState(request, { transactor, reads: known, call });
}

/** What every such transaction reads, and what it says it will: loaded at once, and not one by one. */
function likelyKeys({ transaction, block }: TransactionRequest): readonly Uint8Array[] {
  const { sender, to, accessList } = transaction;
  const keys = [accountKey(sender), accountKey(block.coinbase)];
  if (to !== undefined) keys.push(accountKey(to));
  for (const { address, slots } of accessList) {
    keys.push(accountKey(address), ...slots.map((slot) => slotKey(address, slot)));
  }
  return keys;
}

/** The changes of a transaction as writes of keys. */
export function writesOf({
  accounts,
  deleted,
  storage,
}: TransactionChanges): readonly StateWrite[] {
  const writes: StateWrite[] = [];
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

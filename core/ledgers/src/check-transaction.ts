import type { Digest } from "@bedplate/codec";
import { type Budget, newCall, type StateReader, type Turn } from "@bedplate/environment";
import { raise } from "@bedplate/errors";
import type { ReleaseUse } from "@bedplate/registry";
import type { LedgerHead } from "./ledger.ts";
import { preOf } from "./schedule/batch-context.ts";

/** A transaction that is not stored yet, and the state that it would find. */
export interface UncheckedTransaction {
  readonly artifact: Digest;
  readonly entry: string;
  readonly input: Uint8Array;
  readonly budget: Budget;
  readonly principal: string;
  readonly head: LedgerHead;
  readonly reads: StateReader;
  readonly now: number;
}

/** What a check adds to a transaction. */
export interface CheckedTransaction {
  readonly budget: Budget;
  readonly turn?: Turn | undefined;
}

/** How long an environment may look at a transaction. */
const checkTimeoutMs = 10_000;

/** Lets the environment judge a transaction on the ledger's last state; refuses what could not be in a batch. */
export async function checkTransaction(
  use: ReleaseUse,
  unchecked: UncheckedTransaction,
): Promise<CheckedTransaction> {
  const { artifact, entry, input, budget, principal, head, reads, now } = unchecked;
  if (use.environment.manifest.declares.invoke?.checks !== true) return { budget };
  const pre = preOf({ parent: head.root, number: head.number + 1, at: now }, 0);
  const invocation = { entry, input, budget, pre, reads, now, seed: new Uint8Array(32) };
  const call = newCall({ principal, timeoutMs: checkTimeoutMs });
  const answer = await use.environment.check(artifact, invocation, call);
  if (!answer.isFit) throw unfit(answer);
  const { fuelMax, turn } = answer;
  const fuel = fuelMax === undefined ? budget.fuel : Math.min(fuelMax, budget.fuel ?? fuelMax);
  return { budget: { ...budget, ...(fuel !== undefined && { fuel }) }, turn };
}

function unfit({ code, reason }: { readonly code: string; readonly reason: string }): Error {
  return raise("argument.invalid", {
    op: "ledgers.submit",
    detail: { path: "/input", rule: code },
    message: `Cannot submit the transaction: ${reason}`,
  });
}

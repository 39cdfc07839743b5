import type { Call, Invocation, InvocationCheck } from "@bedplate/environment";
import { isFault } from "@bedplate/errors";
import type { Account } from "../engine.ts";
import type { OpenEngine } from "../open-engine.ts";
import { hexOfBytes } from "../transition/bytes.ts";
import { refusalWords } from "../transition/refusal-words.ts";
import { TransactionRejected } from "../transition/rejection.ts";
import type { Transaction } from "../transition/transaction.ts";
import type { TransactionRequest } from "../transition/transactor.ts";
import { transitionRules } from "../transition/transition-rules.ts";
import { type EvmArtifact, entriesOf } from "./artifact.ts";
import { batchEntries, nextBlockBaseFee } from "./block-batch.ts";
import type { Chain } from "./chain.ts";
import { checkOnState } from "./check-on-state.ts";
import { unknownEntry } from "./invocation-faults.ts";
import { onState } from "./on-state.ts";
import { accountKey } from "./state-keys.ts";
import { StateWorld } from "./state-world.ts";
import { noState, requestOf, submitted } from "./transaction-run.ts";

interface CheckWork {
  readonly engine: OpenEngine;
  readonly invocation: Invocation;
  readonly call: Call;
}

/** How far ahead of its account a nonce may be: what a pool keeps for one sender. */
export const aheadMax = 64n;

/** Whether an invocation of the artifact could be run on the state that it reads. */
export async function checkOf(artifact: EvmArtifact, work: CheckWork): Promise<InvocationCheck> {
  const { entry } = work.invocation;
  if (artifact.kind === "refused") return unfit("ARTIFACT_REFUSED", artifact.reason);
  if (!entriesOf(artifact).includes(entry)) throw unknownEntry(entry, entriesOf(artifact));
  if (artifact.kind === "code") return { isFit: true };
  const isOfBatch = entry === batchEntries.opens || entry === batchEntries.closes;
  if (isOfBatch) return { isFit: true };
  return checkTransactionOf(artifact.chain, work);
}

async function checkTransactionOf(chain: Chain, work: CheckWork): Promise<InvocationCheck> {
  const { engine, invocation, call } = work;
  const means = { reads: invocation.reads ?? noState, call };
  const rules = transitionRules(chain.fork);
  let known: { readonly transaction: Transaction; readonly chain: Chain } | undefined;
  try {
    known = await submitted(chain, work, means);
    const isFree = known.chain.baseFee === 0n;
    const baseFee = isFree ? 0n : await nextBlockBaseFee(chain, means);
    known = { ...known, chain: { ...known.chain, baseFee } };
    const { transaction } = known;
    const request = requestOf(known.chain, { transaction, invocation, call });
    return await inLine(request, { engine, means, entry: invocation.entry });
  } catch (error) {
    if (isFault(error, "argument.invalid")) return unfit("MALFORMED", error.message);
    if (!(error instanceof TransactionRejected)) throw error;
    const account = known && (await senderOn(known.transaction, means));
    const about = { transaction: known?.transaction, account, block: known?.chain, rules };
    return unfit(error.code, refusalWords({ rejected: error, ...about }));
  }
}

type Means = Pick<Parameters<typeof checkOnState>[1], "reads" | "call">;

/** Checks all but whether earlier nonces have come; those may still come, up to a bound. */
async function inLine(
  request: TransactionRequest,
  about: { readonly engine: OpenEngine; readonly means: Means; readonly entry: string },
): Promise<InvocationCheck> {
  const { engine, means, entry } = about;
  const { transaction } = request;
  const next = (await senderOn(transaction, means))?.nonce ?? 0n;
  const ahead = transaction.nonce - next;
  const isWaiting = ahead > 0n && ahead <= aheadMax;
  const judged = isWaiting ? { ...request, transaction: { ...transaction, nonce: next } } : request;
  await checkOnState(judged, { ...means, crypto: engine.crypto });
  const fuelMax = Number(transaction.gasLimit);
  if (entry !== "transact" || !Number.isSafeInteger(Number(transaction.nonce))) {
    return { isFit: true, fuelMax };
  }
  const line = `0x${hexOfBytes(transaction.sender)}`;
  const turn = { line, place: Number(transaction.nonce), ahead: Number(isWaiting ? ahead : 0n) };
  return { isFit: true, fuelMax, turn };
}

function senderOn({ sender }: Transaction, { reads, call }: Means): Promise<Account | undefined> {
  const world = new StateWorld(reads);
  return onState(world, { reads, call, likely: [accountKey(sender)] }, () => world.account(sender));
}

function unfit(code: string, reason: string): InvocationCheck {
  return { isFit: false, code, reason };
}

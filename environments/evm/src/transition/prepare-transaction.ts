import type { Address, Context, Message, MessageResult, WarmSet, WorldReader } from "../engine.ts";
import { applyAuthorizations } from "./authorizations.ts";
import { noBytes } from "./bytes.ts";
import { blobGas, effectiveGasPrice, transactionBlobGas } from "./fees.ts";
import type { IntrinsicGas } from "./intrinsic-gas.ts";
import { TransactionRejected } from "./rejection.ts";
import { TransactionState } from "./transaction-state.ts";
import type { Receipt, TransactionRequest, TransactionResult } from "./transactor.ts";
import { creationAddress, type TransitionCrypto } from "./transition-crypto.ts";
import { type TransitionRules, transitionRules } from "./transition-rules.ts";
import {
  isDelegation,
  prepayment,
  validateSender,
  validateTransaction,
} from "./validate-transaction.ts";

/** A transaction that passed every check: the message to execute, and what is left to do afterwards. */
export interface PreparedTransaction {
  readonly message: Message;
  readonly context: Context;
  /** Settles with the message's result; called once. */
  finish(result: MessageResult): TransactionResult;
}

/** Checks a transaction as `prepareTransaction` does, and no more. Throws `TransactionRejected`. */
export function checkTransaction(
  request: TransactionRequest,
  { world, crypto }: { world: WorldReader; crypto: TransitionCrypto },
): void {
  const state = new TransactionState(world, crypto.keccak256(noBytes));
  checked(request, { state, rules: transitionRules(request.fork) });
}

/** Checks a transaction, takes the prepayment, applies authorisations; or says why it is refused. */
export function prepareTransaction(
  request: TransactionRequest,
  { world, crypto }: { world: WorldReader; crypto: TransitionCrypto },
): PreparedTransaction | Extract<TransactionResult, { kind: "rejected" }> {
  const rules = transitionRules(request.fork);
  const state = new TransactionState(world, crypto.keccak256(noBytes));
  try {
    const gas = checked(request, { state, rules });
    return prepared(request, { state, rules, gas, crypto });
  } catch (error) {
    if (!(error instanceof TransactionRejected)) throw error;
    return { kind: "rejected", code: error.code, detail: error.message };
  }
}

function prepared(request: TransactionRequest, work: Work): PreparedTransaction {
  const { state, crypto, rules } = work;
  const { transaction, block, fork } = request;
  state.addBalance(transaction.sender, -prepayment(transaction, block));
  state.setNonce(transaction.sender, transaction.nonce + 1n);
  const scope = { state, chainId: block.chainId, crypto, rules };
  const { refund, authorities } = applyAuthorizations(transaction.authorizations, scope);
  const message = messageOf(request, work);
  const context = {
    fork,
    block,
    origin: transaction.sender,
    gasPrice: effectiveGasPrice(transaction, block.baseFee),
    blobHashes: transaction.blobHashes,
    world: state,
    warm: warmSet(request, { message, authorities, rules }),
    deadline: request.deadline,
    logBounds: request.logBounds,
    tracer: request.tracer,
  };
  const finish = (result: MessageResult): TransactionResult => {
    if (result.kind === "stopped") return { kind: "stopped", reason: result.stopped ?? "deadline" };
    const { gasUsed, tip } = settle(request, { ...work, result, refund });
    const receipt = receiptOf(request, { gasUsed, result, message });
    const effects = { changes: state.changes(), reads: state.reads() };
    return { kind: "included", receipt, ...effects, ...(tip !== undefined && { tip }) };
  };
  return { message, context, finish };
}

function messageOf(
  { transaction, fork }: TransactionRequest,
  { state, gas, crypto }: Work,
): Message {
  const { sender, nonce, to, value, data: input, gasLimit } = transaction;
  const rest = { sender, value, input, gas: gasLimit - gas.intrinsic };
  if (to === undefined) {
    const created = creationAddress({ sender, nonce }, crypto.keccak256);
    return { kind: "create", to: created, ...rest };
  }
  const code = state.codeOf(to);
  if (!fork.rules.hasDelegation || !isDelegation(code)) return { kind: "call", to, ...rest };
  return { kind: "call", to, codeAddress: code.slice(3), ...rest };
}

interface Work {
  readonly state: TransactionState;
  readonly rules: TransitionRules;
  readonly gas: IntrinsicGas;
  readonly crypto: TransitionCrypto;
}

function checked(
  request: TransactionRequest,
  { state, rules }: Pick<Work, "state" | "rules">,
): IntrinsicGas {
  const { transaction, block } = request;
  const blobs = request.blobs ?? rules.blobs;
  const gas = validateTransaction(transaction, {
    block,
    rules,
    blobs,
    gasAvailable: request.gasAvailable ?? block.gasLimit,
    blobGasAvailable: request.blobGasAvailable ?? blobGas * BigInt(blobs?.max ?? 0),
  });
  const account = state.own(transaction.sender);
  const { hasDelegation } = request.fork.rules;
  const code = state.codeOf(transaction.sender);
  validateSender(transaction, { account, code, hasDelegation });
  return gas;
}

function warmSet(
  { transaction, block }: TransactionRequest,
  about: { message: Message; authorities: readonly Address[]; rules: TransitionRules },
): WarmSet {
  const { message, authorities, rules } = about;
  const addresses: Address[] = [transaction.sender, message.to, ...authorities];
  if (message.codeAddress !== undefined) addresses.push(message.codeAddress);
  if (rules.hasWarmCoinbase) addresses.push(block.coinbase);
  for (const { address } of transaction.accessList) addresses.push(address);
  const slots = transaction.accessList.flatMap(({ address, slots }) =>
    slots.map((slot) => ({ address, slot })),
  );
  return { addresses, slots };
}

/** Takes over what the message did, pays for the gas, removes what has to go. */
function settle(
  { transaction, block, owesTips = false }: TransactionRequest,
  work: Work & { readonly result: MessageResult; readonly refund: bigint },
): { readonly gasUsed: bigint; readonly tip?: bigint } {
  const { state, rules, result } = work;
  state.merge(result.changes);
  const gasUsed = gasAfterRefund(transaction.gasLimit, work);
  const price = effectiveGasPrice(transaction, block.baseFee);
  state.addBalance(transaction.sender, (transaction.gasLimit - gasUsed) * price);
  const share = rules.hasBaseFee ? price - block.baseFee : price;
  const isOwed = owesTips && !state.hasRead(block.coinbase);
  if (!isOwed) state.addBalance(block.coinbase, gasUsed * share);
  for (const address of result.changes.destroyed) state.delete(address);
  if (rules.deletesEmpty) state.deleteEmpty();
  return { gasUsed, ...(isOwed && { tip: gasUsed * share }) };
}

function gasAfterRefund(
  gasLimit: bigint,
  work: Work & { readonly result: MessageResult; readonly refund: bigint },
): bigint {
  const used = gasLimit - work.result.gasLeft;
  const refund = work.refund + work.result.gasRefund;
  const refundMax = used / work.rules.refundQuotient;
  const paid = refund > refundMax ? used - refundMax : used - refund;
  if (paid < work.gas.floor) return work.gas.floor;
  return paid;
}

function receiptOf(
  { transaction, block }: TransactionRequest,
  about: { gasUsed: bigint; result: MessageResult; message: Message },
): Receipt {
  const { gasUsed, result, message } = about;
  const isRevert = result.kind === "revert";
  return {
    type: transaction.type,
    isSuccess: result.kind === "success",
    gasUsed,
    effectiveGasPrice: effectiveGasPrice(transaction, block.baseFee),
    blobGasUsed: transactionBlobGas(transaction),
    logs: result.logs,
    contractAddress: message.kind === "create" ? message.to : undefined,
    output: result.output,
    failure: isRevert ? "revert" : result.failure,
  };
}

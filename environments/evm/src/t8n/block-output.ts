import type { Crypto } from "../crypto/crypto.ts";
import type { Log } from "../engine.ts";
import { hexOfBytes } from "../transition/bytes.ts";
import type { BlockResult, IncludedTransaction, Withdrawal } from "../transition/execute-block.ts";
import { bloomOf, encodeReceipt, listRoot, logsHash } from "../transition/receipt.ts";
import { requestsHash } from "../transition/requests.ts";
import { rlpBytes, rlpList, rlpNumber } from "../transition/rlp.ts";
import type { BlockInput } from "./block-input.ts";
import type { TransactionInput } from "./transaction-input.ts";

export interface BlockOutput {
  readonly result: BlockResult;
  readonly input: BlockInput;
  readonly transactions: readonly TransactionInput[];
  readonly crypto: Crypto;
}

/** The `result` that the transition tool writes. */
export function resultOf(output: BlockOutput): object {
  const { result, input, crypto } = output;
  const keccak256 = (bytes: Uint8Array): Uint8Array => crypto.keccak256(bytes);
  const receipts = result.included.map((one) => encodeReceipt(one.receipt, { ...one, keccak256 }));
  const { requests } = result;
  return {
    stateRoot: hex(result.world.root()),
    txRoot: hex(
      listRoot(
        includedOf(output).map(({ encoded }) => encoded),
        keccak256,
      ),
    ),
    receiptsRoot: hex(listRoot(receipts, keccak256)),
    logsHash: hex(logsHash(result.logs, keccak256)),
    logsBloom: hex(bloomOf(result.logs, keccak256)),
    receipts: result.included.map((one, position) => receiptJson(one, { output, position })),
    ...(result.rejected.length > 0 && { rejected: result.rejected }),
    currentDifficulty: input.difficulty === undefined ? null : quantity(input.difficulty),
    gasUsed: quantity(result.gasUsed),
    ...(input.block.baseFee > 0n && { currentBaseFee: quantity(input.block.baseFee) }),
    ...(input.hasWithdrawals && {
      withdrawalsRoot: hex(listRoot(input.withdrawals.map(encodedWithdrawal), keccak256)),
    }),
    ...(input.excessBlobGas !== undefined && {
      currentExcessBlobGas: quantity(input.excessBlobGas),
      blobGasUsed: quantity(result.blobGasUsed),
    }),
    ...(requests && {
      requestsHash: hex(requestsHash(requests, (bytes) => crypto.sha256(bytes))),
      requests: requests.map(hex),
    }),
  };
}

/** The `body`: RLP of the transactions that were included. */
export function bodyOf(output: BlockOutput): string {
  return hex(rlpList(includedOf(output).map(({ item }) => item)));
}

function includedOf({ result, transactions }: BlockOutput): readonly TransactionInput[] {
  return result.included.flatMap(({ index }) => transactions[index] ?? []);
}

const noHash = `0x${"0".repeat(64)}`;
const noAddress = `0x${"0".repeat(40)}`;

function receiptJson(
  one: IncludedTransaction,
  { output, position }: { output: BlockOutput; position: number },
): object {
  const { receipt } = one;
  const { contractAddress } = receipt;
  const keccak256 = (bytes: Uint8Array): Uint8Array => output.crypto.keccak256(bytes);
  const transactionHash = hex(output.transactions[one.index]?.hash ?? new Uint8Array(32));
  return {
    ...(receipt.type !== 0 && { type: quantity(BigInt(receipt.type)) }),
    root: one.root === undefined ? "0x" : hex(one.root),
    status: one.root === undefined && receipt.isSuccess ? "0x1" : "0x0",
    cumulativeGasUsed: quantity(one.cumulativeGasUsed),
    logsBloom: hex(bloomOf(receipt.logs, keccak256)),
    logs: receipt.logs.map((log) => logJson(log, { transactionHash, position })),
    transactionHash,
    contractAddress: contractAddress === undefined ? noAddress : hex(contractAddress),
    gasUsed: quantity(receipt.gasUsed),
    effectiveGasPrice: quantity(receipt.effectiveGasPrice),
    blockHash: noHash,
    transactionIndex: quantity(BigInt(position)),
  };
}

function logJson(
  { address, topics, data }: Log,
  { transactionHash, position }: { transactionHash: string; position: number },
): object {
  return {
    address: hex(address),
    topics: topics.map(hex),
    data: hex(data),
    transactionHash,
    transactionIndex: quantity(BigInt(position)),
  };
}

function encodedWithdrawal({ index, validatorIndex, address, amount }: Withdrawal): Uint8Array {
  return rlpList([
    rlpNumber(index),
    rlpNumber(validatorIndex),
    rlpBytes(address),
    rlpNumber(amount),
  ]);
}

function hex(bytes: Uint8Array): string {
  return `0x${hexOfBytes(bytes)}`;
}

function quantity(value: bigint): string {
  return `0x${value.toString(16)}`;
}

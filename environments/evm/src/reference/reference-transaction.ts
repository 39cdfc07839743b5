import type { Block } from "@ethereumjs/block";
import { createBlock } from "@ethereumjs/block";
import type { Common } from "@ethereumjs/common";
import { createTx, type TypedTransaction } from "@ethereumjs/tx";
import { Address, bytesToHex } from "@ethereumjs/util";
import type { BlockContext } from "../engine.ts";
import { type Fork, isAtLeast } from "../forks/fork.ts";
import { numberOfBytes } from "../transition/bytes.ts";
import type { Authorization, Transaction } from "../transition/transaction.ts";

/** The transaction in the reference implementation's form; who sent it is known and not recovered. */
export function referenceTransaction(transaction: Transaction, common: Common): TypedTransaction {
  const { type, nonce, gasLimit, to, value, data } = transaction;
  const body = { type, nonce, gasLimit, value, data, ...(to && { to: new Address(to) }) };
  const tx = createTx({ ...body, ...typeFields(transaction) } as never, { common, freeze: false });
  const sender = new Address(transaction.sender);
  Object.defineProperty(tx, "getSenderAddress", { value: () => sender });
  Object.defineProperty(tx, "hash", { value: () => new Uint8Array(32) });
  return tx;
}

function typeFields(transaction: Transaction): object {
  const { type, chainId, maxFeePerGas, maxPriorityFeePerGas } = transaction;
  const prices = type < 2 ? { gasPrice: maxFeePerGas } : { maxFeePerGas, maxPriorityFeePerGas };
  if (type === 0) return prices;
  return {
    ...prices,
    chainId,
    accessList: transaction.accessList.map(({ address, slots }) => [address, slots]),
    ...(type === 3 && {
      maxFeePerBlobGas: transaction.maxFeePerBlobGas,
      blobVersionedHashes: transaction.blobHashes.map((hash) => bytesToHex(hash)),
    }),
    ...(type === 4 && { authorizationList: transaction.authorizations.map(authorizationItem) }),
  };
}

function authorizationItem(authorization: Authorization): object {
  const { chainId, address, nonce, yParity, r, s } = authorization;
  const hex = (value: bigint): string => `0x${value.toString(16)}`;
  return {
    chainId: hex(chainId),
    address: bytesToHex(address),
    nonce: hex(nonce),
    yParity: hex(yParity),
    r: hex(r),
    s: hex(s),
  };
}

/** A block whose header says what instructions ask for, and nothing else. */
export function referenceBlock(
  block: BlockContext,
  { fork, common }: { fork: Fork; common: Common },
): Block {
  const { number, timestamp, gasLimit, prevRandao } = block;
  const isPaid = isAtLeast(fork, "london");
  const isMerged = isAtLeast(fork, "paris");
  const header = {
    number,
    timestamp,
    gasLimit,
    coinbase: new Address(block.coinbase),
    ...(isPaid && { baseFeePerGas: block.baseFee }),
    ...(isMerged ? { mixHash: prevRandao } : { difficulty: numberOfBytes(prevRandao) }),
  };
  const options = {
    common,
    freeze: false,
    setHardfork: false,
    skipConsensusFormatValidation: true,
  };
  const made = createBlock({ header }, options);
  Object.defineProperty(made.header, "getBlobGasPrice", { value: () => block.blobBaseFee });
  return made;
}

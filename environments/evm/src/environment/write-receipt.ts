import { hexOfBytes } from "../transition/bytes.ts";
import type { Receipt } from "../transition/transactor.ts";

/**
 * The receipt of a transaction as JSON, by the names that nodes give its members; `output` is what the
 * message returned or reverted with. The logs are the run's events.
 */
export function writeReceipt(receipt: Receipt): Uint8Array {
  const { type, isSuccess, gasUsed, effectiveGasPrice, blobGasUsed, contractAddress } = receipt;
  const text = JSON.stringify({
    type: quantity(BigInt(type)),
    status: isSuccess ? "0x1" : "0x0",
    gasUsed: quantity(gasUsed),
    effectiveGasPrice: quantity(effectiveGasPrice),
    ...(blobGasUsed > 0n && { blobGasUsed: quantity(blobGasUsed) }),
    ...(contractAddress !== undefined && { contractAddress: `0x${hexOfBytes(contractAddress)}` }),
    output: `0x${hexOfBytes(receipt.output)}`,
  });
  return new TextEncoder().encode(text);
}

function quantity(value: bigint): string {
  return `0x${value.toString(16)}`;
}

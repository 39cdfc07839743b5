import type { Call, StateReader } from "@bedplate/environment";
import { defineSchema, type Schema, Type } from "@bedplate/schema";
import type { Crypto } from "../crypto/crypto.ts";
import { bytesOfHex, noBytes } from "../transition/bytes.ts";
import { decodeTransaction } from "../transition/decode-transaction.ts";
import type { Transaction } from "../transition/transaction.ts";
import { transitionRules } from "../transition/transition-rules.ts";
import type { Chain } from "./chain.ts";
import { badInput } from "./invocation-faults.ts";
import { onState } from "./on-state.ts";
import { accountKey } from "./state-keys.ts";
import { StateWorld } from "./state-world.ts";

/** A transaction as it is sent, signed. */
export function signedTransaction(
  input: Uint8Array,
  { chain, crypto }: { readonly chain: Chain; readonly crypto: Crypto },
): Transaction {
  return decodeTransaction(input, { rules: transitionRules(chain.fork), crypto }).transaction;
}

/** A transaction whose sender is named, as JSON by the names that nodes use. */
interface UnsignedText {
  readonly from: string;
  readonly to?: string | undefined;
  readonly value: string;
  readonly gas?: string | undefined;
  readonly data: string;
}

const quantity = () => Type.String({ pattern: "^0x[0-9a-fA-F]{1,64}$" });
const address = () => Type.String({ pattern: "^0x[0-9a-fA-F]{40}$" });

const unsignedSchema: Schema<UnsignedText> = defineSchema(
  Type.Object(
    {
      from: address(),
      to: Type.Optional(address()),
      value: Type.String({ pattern: "^0x[0-9a-fA-F]{1,64}$", default: "0x0" }),
      gas: Type.Optional(quantity()),
      data: Type.String({ pattern: "^0x([0-9a-fA-F]{2})*$", default: "0x" }),
    },
    { additionalProperties: false },
  ),
);

/** Gas of an unsigned transaction that does not say: what a transaction has at most (EIP-7825). */
const gasMax = 1n << 24n;

/** An unsigned transaction: its nonce is what the account has, and its gas costs nothing. */
export async function unsignedTransaction(
  input: Uint8Array,
  options: { readonly chain: Chain; readonly reads: StateReader; readonly call: Call },
): Promise<{ readonly transaction: Transaction; readonly chain: Chain }> {
  const { chain, reads, call } = options;
  const { from, to, value, gas, data } = unsignedSchema.parse(readJson(input), {
    what: "the transaction",
    op: "instance.invoke",
  });
  const sender = bytesOfHex(from.slice(2));
  const world = new StateWorld(reads);
  const account = await onState(world, { reads, call, likely: [accountKey(sender)] }, () =>
    world.account(sender),
  );
  const gasLimit =
    gas === undefined ? (chain.gasLimit < gasMax ? chain.gasLimit : gasMax) : BigInt(gas);
  const transaction: Transaction = {
    type: 0,
    sender,
    nonce: account?.nonce ?? 0n,
    gasLimit,
    ...(to !== undefined && { to: bytesOfHex(to.slice(2)) }),
    value: BigInt(value),
    data: data === "0x" ? noBytes : bytesOfHex(data.slice(2)),
    maxFeePerGas: 0n,
    maxPriorityFeePerGas: 0n,
    accessList: [],
    maxFeePerBlobGas: 0n,
    blobHashes: [],
    authorizations: [],
  };
  return { transaction, chain: { ...chain, baseFee: 0n } };
}

function readJson(input: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(input));
  } catch (cause) {
    throw badInput("is not JSON", cause);
  }
}

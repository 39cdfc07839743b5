import type { Digest } from "@bedplate/codec";
import { accountOf } from "@bedplate/environment-evm/ledger";
import { signTransaction } from "@bedplate/environment-evm/tools";
import { nameOf } from "../../src/byte-name.ts";
import type { Transaction } from "../../src/index.ts";
import { project } from "../rig.ts";
import type { MemoryBase } from "./comparison.ts";
import { type Alloc, contracts, holder } from "./evm-world.ts";
import type { Dice } from "./random-batches.ts";

const chainId = 8n;

/** Who is paid the tips: an account that some transactions send to, look at, or come from. */
export const coinbaseKey: Uint8Array = new Uint8Array(32).fill(0x70);

/** A chain with a market for fees, whose blocks are soon full. */
export const paidChainText: string = JSON.stringify({
  format: "evm-chain/1",
  chainId: Number(chainId),
  gasLimit: 2_500_000,
  baseFee: "1000",
  coinbase: "0xa0501dcbd154beddfefe64db712b6f00964cda50",
});

const keys: readonly Uint8Array[] = [
  coinbaseKey,
  ...Array.from({ length: 8 }, (_, n) => new Uint8Array(32).fill(0x80 + n)),
];

/** Accounts with wei whose keys are known. */
export async function payers(): Promise<Alloc> {
  const senders = await Promise.all(keys.map((key) => senderOf(key)));
  return Object.fromEntries(senders.map((each) => [each, { balance: "0xde0b6b3a7640000" }]));
}

/** Signed transactions with tips, most of which can be in a block. */
export async function paidTransactions(
  artifact: Digest,
  { base, dice }: { readonly base: MemoryBase; readonly dice: Dice },
): Promise<readonly Transaction[]> {
  const nonces = new Map<Uint8Array, bigint>();
  const transactions: Transaction[] = [];
  for (let index = 4 + dice.below(24); index > 0; index--) {
    const key = keys[dice.below(keys.length)] ?? coinbaseKey;
    const nonce = nonces.get(key) ?? (await nonceOf(key, base));
    const off = dice.below(12);
    const nonceGiven = off === 0 ? nonce + 1n : off === 1 && nonce > 0n ? nonce - 1n : nonce;
    if (nonceGiven === nonce) nonces.set(key, nonce + 1n);
    const json = { ...(await callOf(dice)), nonce: hex(nonceGiven), ...fees(dice) };
    const { bytes } = await signTransaction(json, { secretKey: key, chainId });
    transactions.push({
      id: `tx_${transactions.length}`,
      project,
      sender: "s",
      artifact,
      entry: "transact",
      input: bytes,
      budget: { fuel: 150_000, wallMs: 30_000 },
      priority: 5,
      gasPrice: 0,
      submittedAt: 0,
    });
  }
  return transactions;
}

async function callOf(dice: Dice): Promise<object> {
  const data = `0x${"00".repeat(31)}0${dice.below(6)}`;
  switch (dice.below(8)) {
    case 0:
      return { to: await senderOf(coinbaseKey), value: hex(BigInt(dice.below(1_000))) };
    case 1:
      return { to: contracts.counter, data };
    case 2:
      return { to: contracts.logger, data };
    case 3:
      // Says the coinbase's balance, the base fee and the hash of the block before.
      return { data: "0x41315f524860205243600190034060405260605ff3" };
    case 4:
      return { to: contracts.breaker };
    default:
      return { to: holder(dice.below(24)), value: hex(BigInt(dice.below(1_000))) };
  }
}

function fees(dice: Dice): object {
  const tip = BigInt(dice.below(3) === 0 ? 0 : dice.below(50));
  const maxFeePerGas = hex(dice.below(10) === 0 ? 900n + tip : 5_000n);
  return { gas: hex(100_000n), maxFeePerGas, maxPriorityFeePerGas: hex(tip) };
}

async function nonceOf(key: Uint8Array, base: MemoryBase): Promise<bigint> {
  const address = Buffer.from((await senderOf(key)).slice(2), "hex");
  const value = base.entries.get(nameOf(Buffer.concat([Buffer.from("a"), address])));
  return value === undefined ? 0n : (accountOf(value)?.nonce ?? 0n);
}

const senders = new Map<Uint8Array, string>();

async function senderOf(secretKey: Uint8Array): Promise<string> {
  const known = senders.get(secretKey);
  if (known !== undefined) return known;
  const json = { nonce: "0x0", gas: "0x5208", gasPrice: "0x0" };
  const { sender } = await signTransaction(json, { secretKey, chainId });
  const address = `0x${Buffer.from(sender).toString("hex")}`;
  senders.set(secretKey, address);
  return address;
}

function hex(value: bigint): string {
  return `0x${value.toString(16)}`;
}

import type { Digest } from "@bedplate/codec";
import { allocEntries, patriciaCommitment } from "@bedplate/environment-evm/ledger";
import { signTransaction } from "@bedplate/environment-evm/tools";
import type {
  Batch,
  LedgerPlace,
  TransactionReceipt,
  TransactionRequest,
  TransactionStatus,
} from "../../src/index.ts";
import { keysOf, openRig, project, type Rig, type RigOptions } from "../rig.ts";
import type { Alloc } from "./evm-world.ts";

export const place: LedgerPlace = { project, name: "coins" };

/** The account that sends where a test does not say who. */
export const secretKey: Uint8Array = new Uint8Array(32).fill(0x45);

const nonce = "0x5";
const chainId = 9n;

/** An Ethereum ledger in memory, and what a test does with it. */
export class EvmLedger implements AsyncDisposable {
  readonly rig: Rig;
  readonly artifact: Digest;
  readonly sender: string;

  constructor(parts: { readonly rig: Rig; readonly artifact: Digest; readonly sender: string }) {
    this.rig = parts.rig;
    this.artifact = parts.artifact;
    this.sender = parts.sender;
  }

  /** A signed transfer of one wei, with some of its members changed. */
  async signed(change: object, key: Uint8Array = secretKey): Promise<Uint8Array> {
    const { chainId: given = `0x${chainId.toString(16)}` } = change as { chainId?: string };
    const plain = { nonce, gas: "0x5208", to: `0x${"77".repeat(20)}`, value: "0x1" };
    const fees = { maxFeePerGas: "0x64", maxPriorityFeePerGas: "0x1" };
    const json = { ...plain, ...fees, ...change };
    return (await signTransaction(json, { secretKey: key, chainId: BigInt(given) })).bytes;
  }

  submit(input: Uint8Array, change: Partial<TransactionRequest> = {}): Promise<TransactionStatus> {
    const request = { artifact: this.artifact, entry: "transact", input, ...change };
    return this.rig.service.submit(place, request);
  }

  async accepted(input: Uint8Array): Promise<string> {
    return (await this.submit(input)).transaction.id;
  }

  seal(): Promise<Batch | null> {
    return this.rig.service.seal(place);
  }

  /** Those of a batch, the first 1,000 as far as nothing else is said. */
  async receipts(number: number, limit = 1_000): Promise<readonly TransactionReceipt[]> {
    return (await this.rig.service.receipts(place, { number, limit })).receipts;
  }

  phases(ids: readonly string[]): Promise<readonly string[]> {
    return Promise.all(
      ids.map(async (id) => (await this.rig.service.transaction(place, id)).phase),
    );
  }

  /** Every key that the ledgers of this rig have stored. */
  rows(): Promise<readonly string[]> {
    return keysOf(this.rig.modules.state, "");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.rig[Symbol.asyncDispose]();
  }
}

/** Opens a ledger of a chain with the number 9, whose sender has one ether and the nonce 5. */
export async function openEvmLedger(
  chain: object,
  options: { readonly alloc?: Alloc; readonly rig?: RigOptions } = {},
): Promise<EvmLedger> {
  const rig = await openRig({ slots: ["evm"], ...options.rig });
  const text = JSON.stringify({ format: "evm-chain/1", chainId: Number(chainId), ...chain });
  const artifact = await rig.put(Buffer.from(text));
  const { sender: bytes } = await signTransaction(
    { nonce, gas: "0x5208", gasPrice: "0x0" },
    { secretKey, chainId },
  );
  const sender = `0x${Buffer.from(bytes).toString("hex")}`;
  const alloc = { [sender]: { balance: "0xde0b6b3a7640000", nonce }, ...options.alloc };
  await rig.service.create({
    ...place,
    slot: "evm",
    commitment: patriciaCommitment.name,
    genesis: await allocEntries(alloc),
  });
  return new EvmLedger({ rig, artifact, sender });
}

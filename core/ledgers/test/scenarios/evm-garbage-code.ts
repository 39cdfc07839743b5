import type { Outcome } from "@bedplate/environment";
import { accountOf } from "@bedplate/environment-evm/ledger";
import { type EvmLedger, openEvmLedger, place } from "./evm-ledger.ts";
import { address } from "./evm-world.ts";
import { Dice } from "./random-batches.ts";

/** What came of random bytes that run as code on a ledger. */
export interface GarbageCodeReport {
  readonly seed: string;
  readonly sent: number;
  readonly batches: number;
  /** How many ended how; `other` is what is no receipt of Ethereum: there must be none. */
  readonly ends: Readonly<Record<"success" | "failure" | "other", number>>;
  /** Failed creations whose address has an account, or a slot: there must be none. */
  readonly leftBehind: number;
  /** New accounts that are neither a sender, nor a contract: there must be none. */
  readonly strayAccounts: number;
  /** Contracts that are there, among them what garbage has created itself. */
  readonly contracts: number;
}

const senders = Array.from({ length: 8 }, (_, index) => address(0x5e_0000 + index));
/** A block holds so many, and one is sealed when so many wait. */
const perBatch = 500;
const gas = "0x186a0";
/** What a receipt of the ledger says when it is asked for some. */
const receiptsMax = 1_000;
const entriesMax = 10_000;

/**
 * Sends random bytes as the init code of creations to a ledger, seals them into batches, and looks at what is
 * stored afterwards: every transaction has a receipt, and those that failed have left nothing but a nonce.
 */
export async function fuzzGarbageCode(options: {
  readonly count: number;
  readonly seed: string;
}): Promise<GarbageCodeReport> {
  const { count, seed } = options;
  const chain = { fork: "osaka", unsigned: true, gasLimit: 2 ** 40 };
  const limits = { waitingMax: count + 1, batchTransactionsMax: perBatch };
  await using evm = await openEvmLedger(chain, { rig: { limits } });
  const dice = new Dice(seed);
  const ends = { success: 0, failure: 0, other: 0 };
  const failed = new Set<string>();
  let batches = 0;
  for (let sent = 0; sent < count; sent += perBatch) {
    for (let at = sent; at < Math.min(count, sent + perBatch); at++) {
      await evm.submit(garbageCreation(dice), { entry: "transact-unsigned" });
    }
    const batch = await evm.seal();
    if (batch === null) throw new Error("nothing was sealed");
    batches++;
    for (const { outcome } of await evm.receipts(batch.number, receiptsMax)) {
      const { end, contract } = endOf(outcome);
      ends[end]++;
      if (end === "failure" && contract !== undefined) failed.add(contract);
    }
  }
  return { seed, sent: count, batches, ends, ...(await whatIsStored(evm, failed)) };
}

/** Bytes of any kind; often such as begin like code of a contract. */
function garbageCreation(dice: Dice): Uint8Array {
  const head = dice.of(["", "", "6000", "ef", "60016000", "5f5f"]);
  const length = dice.below(dice.of([8, 64, 400]));
  const body = Array.from({ length }, () => dice.below(256).toString(16).padStart(2, "0"));
  const from = senders[dice.below(senders.length)] ?? "";
  return Buffer.from(JSON.stringify({ from, gas, data: `0x${head}${body.join("")}` }));
}

function endOf(outcome: Outcome): {
  readonly end: "success" | "failure" | "other";
  readonly contract?: string | undefined;
} {
  if (outcome.kind !== "returned") return { end: "other" };
  const { status, contractAddress } = JSON.parse(Buffer.from(outcome.output).toString());
  if (status !== "0x0" && status !== "0x1") return { end: "other" };
  return { end: status === "0x1" ? "success" : "failure", contract: contractAddress };
}

async function whatIsStored(
  evm: EvmLedger,
  failed: ReadonlySet<string>,
): Promise<Pick<GarbageCodeReport, "leftBehind" | "strayAccounts" | "contracts">> {
  const known = new Set([...senders, evm.sender]);
  let [leftBehind, strayAccounts, contracts] = [0, 0, 0];
  for await (const { key, value } of entriesOf(evm, "a")) {
    const owner = `0x${Buffer.from(key.subarray(1)).toString("hex")}`;
    if (failed.has(owner)) leftBehind++;
    if (known.has(owner)) continue;
    if (accountOf(value)?.nonce === 0n) strayAccounts++;
    else contracts++;
  }
  for await (const { key } of entriesOf(evm, "s")) {
    if (failed.has(`0x${Buffer.from(key.subarray(1, 21)).toString("hex")}`)) leftBehind++;
  }
  return { leftBehind, strayAccounts, contracts };
}

async function* entriesOf(
  evm: EvmLedger,
  prefix: string,
): AsyncGenerator<{ readonly key: Uint8Array; readonly value: Uint8Array }> {
  let after: Uint8Array | undefined;
  for (let hasMore = true; hasMore; ) {
    const query = { prefix: Buffer.from(prefix), after, limit: entriesMax };
    const part = await evm.rig.service.state(place, query);
    yield* part.entries;
    after = part.entries.at(-1)?.key;
    hasMore = part.hasMore;
  }
}

import { EventLoopTurns } from "../event-loop-turns.ts";
import { forkOf } from "../forks/fork.ts";
import type { OpenEngine } from "../open-engine.ts";
import { decodeTransaction } from "../transition/decode-transaction.ts";
import { TransactionRejected } from "../transition/rejection.ts";
import { transitionRules } from "../transition/transition-rules.ts";
import { Dice } from "./dice.ts";
import { runTest } from "./observe-test.ts";
import { addressText, hexOf, quantity, type TestJson } from "./test-json.ts";

export interface GarbageReport {
  /** How often each end came. */
  readonly ends: Readonly<Record<string, number>>;
  /** Cases that threw something else than they may, or changed the world though they failed. */
  readonly faults: readonly { readonly index: number; readonly problem: string }[];
}

export interface GarbageOptions {
  readonly engine: Pick<OpenEngine, "transactor" | "crypto">;
  readonly seed: number;
  readonly count: number;
  readonly signal?: AbortSignal | undefined;
}

/** Runs random bytes as code: every end is a usual one, and what failed has written nothing. */
export async function runGarbageCode(options: GarbageOptions): Promise<GarbageReport> {
  const ends: Record<string, number> = {};
  const faults: { index: number; problem: string }[] = [];
  const turns = new EventLoopTurns(options.signal);
  for (let index = 0; index < options.count; index++) {
    await turns.give();
    const test = garbageTest(new Dice(options.seed, index));
    const { status, problem } = await endOfCode(test, options.engine);
    ends[status] = (ends[status] ?? 0) + 1;
    if (problem !== undefined && faults.length < faultsMax) faults.push({ index, problem });
  }
  return { ends, faults };
}

interface End {
  readonly status: string;
  readonly problem?: string | undefined;
}

async function endOfCode(test: TestJson, engine: GarbageOptions["engine"]): Promise<End> {
  try {
    const { result } = await runTest(test, engine);
    if (result.kind !== "included") return { status: result.kind };
    if (result.receipt.isSuccess) return { status: "success" };
    const { storage, deleted, accounts } = result.changes;
    const others = accounts.filter(
      ({ address }) => hexOf(address) !== sender && hexOf(address) !== coinbase,
    );
    const hasWritten = storage.length + deleted.length + others.length > 0;
    return { status: "failure", ...(hasWritten && { problem: "it failed and has written" }) };
  } catch (error) {
    return { status: "crashed", problem: String(error).slice(0, 200) };
  }
}

/** Decodes random bytes and broken transactions: each must be refused with the usual error. */
export async function runGarbageTransactions(options: GarbageOptions): Promise<GarbageReport> {
  const { crypto } = options.engine;
  const ends: Record<string, number> = {};
  const faults: { index: number; problem: string }[] = [];
  const rules = transitionRules(forkOf("osaka"));
  const turns = new EventLoopTurns(options.signal);
  for (let index = 0; index < options.count; index++) {
    await turns.give();
    const end = endOf(() =>
      decodeTransaction(garbageTransaction(new Dice(options.seed, index)), { rules, crypto }),
    );
    ends[end.status] = (ends[end.status] ?? 0) + 1;
    if (end.problem !== undefined && faults.length < faultsMax)
      faults.push({ index, problem: end.problem });
  }
  return { ends, faults };
}

/** Most faults that a report lists. */
const faultsMax = 20;

function endOf(run: () => unknown): End {
  try {
    run();
    return { status: "decoded" };
  } catch (error) {
    if (error instanceof TransactionRejected) return { status: "rejected" };
    return { status: "crashed", problem: String(error).slice(0, 200) };
  }
}

const contract = addressText(0x1000n);
const sender = addressText(0xa94f5374fce5edbc8e2a8697c15331677e6ebf0bn);
const coinbase = addressText(0xc0n);
const zeros = `0x${"00".repeat(32)}`;

function garbageTest(dice: Dice): TestJson {
  const code = hexOf(dice.bytes(1 + dice.below(dice.pick([8, 64, 400]))));
  const plain = { nonce: "0x0", balance: quantity(10n ** 18n), storage: {} };
  return {
    env: {
      currentCoinbase: coinbase,
      currentGasLimit: "0x1c9c380",
      currentNumber: "0x1",
      currentTimestamp: "0x3e8",
      currentDifficulty: "0x0",
      currentRandom: zeros,
      currentBaseFee: "0x7",
      currentExcessBlobGas: "0x0",
    },
    pre: {
      [sender]: { ...plain, code: "0x" },
      [contract]: { ...plain, code },
    },
    transaction: {
      data: [hexOf(dice.bytes(dice.below(40)))],
      gasLimit: [quantity(100_000)],
      value: ["0x0"],
      gasPrice: "0xa",
      nonce: "0x0",
      to: dice.percent(90) ? contract : "",
      sender,
    },
    post: {
      [dice.pick(["Frontier", "Byzantium", "London", "Osaka", "Osaka"])]: [
        { hash: zeros, logs: zeros, indexes: { data: 0, gas: 0, value: 0 } },
      ],
    },
  };
}

/** Often the beginning of a transaction, so that not all end at the first byte. */
function garbageTransaction(dice: Dice): Uint8Array {
  const body = dice.bytes(dice.below(160));
  const head = dice.pick([
    [],
    [1],
    [2],
    [3],
    [4],
    [0xf8, body.length],
    [2, 0xf8, body.length],
    [4, 0xf8, body.length],
  ]);
  return Uint8Array.of(...head, ...body);
}

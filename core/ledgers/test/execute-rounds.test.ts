import { digestBytes } from "@bedplate/codec";
import { expect, test } from "vitest";
import { schedulers, type Transaction } from "../src/index.ts";
import { type BaseState, ExecutionFault, type Lane } from "../src/schedule/scheduler.ts";
import { WrittenState } from "../src/schedule/written-state.ts";
import { executeRounds } from "../src/seal/execute-rounds.ts";
import { BatchJudge } from "../src/seal/judged-effects.ts";
import { bytes, project } from "./rig.ts";
import { Dice } from "./scenarios/random-batches.ts";

const artifact = digestBytes(bytes("chain"));
const nothing: BaseState = { peek: () => null, load: async () => {} };

interface Plan {
  /** What it may use. */
  readonly budget: number;
  readonly uses: number;
  readonly isRefused?: boolean;
  /** It ends without having written anything, so nobody pays for it. */
  readonly isUnpaid?: boolean;
}

function transactionOf({ budget }: Plan, index: number): Transaction {
  const plain = { entry: "main", input: new Uint8Array(), priority: 5, gasPrice: 0 };
  const from = { project, sender: "s", artifact, submittedAt: 0 };
  return { id: `t-${index}`, ...from, ...plain, budget: { fuel: budget } };
}

/** Each execution adds its index to what it reads: order, and what rounds leave, can be seen. */
class CountingLane implements Lane {
  readonly #plans: readonly Plan[];
  executed = 0;

  constructor(plans: readonly Plan[]) {
    this.#plans = plans;
  }

  async execute(index: number, reads: Parameters<Lane["execute"]>[1]) {
    this.executed++;
    const { uses, isRefused, isUnpaid } = this.#plans[index] ?? { uses: 0 };
    if (uses < 0) throw new Error("platform");
    const receipt = digestBytes(bytes(`${index}`));
    const plain = { events: [], receipt };
    if (isRefused)
      return { ...plain, outcome: { kind: "refused", reason: "no" } as const, fuel: 0, writes: [] };
    if (isUnpaid) {
      const outcome = { kind: "exhausted", meter: "outputBytes" } as const;
      return { ...plain, outcome, fuel: uses, writes: [] };
    }
    const before = Buffer.from(reads.peek(bytes("log")) ?? []).toString();
    const writes = [{ key: bytes("log"), value: bytes(`${before},${index}`) }];
    const outcome = { kind: "returned", output: new Uint8Array() } as const;
    return { ...plain, outcome, fuel: uses, writes };
  }
}

async function run(plans: readonly Plan[], fuelMax: number) {
  const transactions = plans.map(transactionOf);
  const written = new WrittenState(nothing);
  const placeOf = (index: number) => index;
  const judge = new BatchJudge({
    transactions,
    placeOf,
    dropsRefused: true,
    fuelMax: () => fuelMax,
  });
  const lane = new CountingLane(plans);
  const { signal } = new AbortController();
  const scheduler = schedulers.serial;
  await executeRounds({ transactions, lanes: [lane], scheduler, signal }, { written, judge });
  return { judge, executed: lane.executed, written };
}

/** The rule itself: one after the other, the first without room ends the batch. */
function expected(plans: readonly Plan[], fuelMax: number): readonly number[] {
  const kept: number[] = [];
  let used = 0;
  for (const [index, { budget, uses, isRefused, isUnpaid }] of plans.entries()) {
    if (isRefused) continue;
    if (used + budget > fuelMax && kept.length > 0) break;
    if (!isUnpaid) used += uses;
    kept.push(index);
  }
  return kept;
}

test("a batch has as many transactions as fit, and hardly one more is executed", async () => {
  const seed = `${Date.now()}`;
  const dice = new Dice(seed);
  for (let n = 0; n < 300; n++) {
    const plans = Array.from({ length: dice.below(60) }, () => {
      const budget = 1 + dice.below(100);
      return {
        budget,
        uses: dice.below(budget),
        isRefused: dice.below(8) === 0,
        isUnpaid: dice.below(8) === 0,
      };
    });
    const fuelMax = 1 + dice.below(500);
    const { judge, executed, written } = await run(plans, fuelMax);
    const kept = judge.kept.map(({ place }) => place);
    expect(kept, seed).toEqual(expected(plans, fuelMax));
    expect(executed - kept.length - judge.dropped.length, seed).toBeLessThanOrEqual(1);
    const wrote = kept.filter((each) => plans[each]?.isUnpaid !== true);
    const log = (await written.changes()).get("log") ?? null;
    expect(log && Buffer.from(log).toString(), seed).toBe(
      wrote.length === 0 ? null : wrote.map((each) => `,${each}`).join(""),
    );
  }
});

test("without a bound all is one round", async () => {
  const plans = Array.from({ length: 20 }, () => ({ budget: 5, uses: 5 }));
  const { judge, executed } = await run(plans, Number.POSITIVE_INFINITY);
  expect([judge.kept.length, executed, judge.ahead(0)]).toEqual([20, 20, 20]);
});

test("a failure of the platform in a later round names the transaction by its place in the batch", async () => {
  const plans = [
    ...Array.from({ length: 6 }, () => ({ budget: 10, uses: 1 })),
    { budget: 1, uses: -1 },
  ];
  const failing = run(plans, 20);
  await expect(failing).rejects.toBeInstanceOf(ExecutionFault);
  await expect(failing).rejects.toMatchObject({ index: 6 });
});

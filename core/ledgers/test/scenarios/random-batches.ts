import { type Random, seededRandom } from "@bedplate/clock";
import type { FakeScript, FakeStep } from "@bedplate/environment-fake";

/** One transaction of a made-up batch. */
export interface MadeTransaction {
  readonly script: FakeScript;
  readonly input: string;
}

/** A batch by what it is meant to be hard for. */
export interface MadeBatch {
  readonly kind: string;
  readonly transactions: readonly MadeTransaction[];
}

/** Chance as whole numbers. */
export class Dice {
  readonly #random: Random;

  constructor(seed: string) {
    this.#random = seededRandom(seed);
  }

  /** From 0 to below `end`. */
  below(end: number): number {
    const [a = 0, b = 0, c = 0] = this.#random.bytes(3);
    return (a * 65_536 + b * 256 + c) % end;
  }

  of<T>(items: readonly [T, ...T[]]): T {
    return items[this.below(items.length)] ?? items[0];
  }
}

/** Transactions of any kind over few keys. */
export function randomBatch(dice: Dice): MadeBatch {
  const keys = dice.of([1, 3, 8, 40]);
  const count = 1 + dice.below(dice.of([4, 12, 40]));
  const transactions = Array.from({ length: count }, () => randomTransaction(dice, keys));
  return { kind: "random", transactions };
}

/** Batches that were thought of to be hard. */
export function adversarialBatch(dice: Dice, at: number): MadeBatch {
  const kinds = Object.keys(adversaries);
  const kind = kinds[at % kinds.length] ?? "";
  const count = 4 + dice.below(36);
  const make = adversaries[kind];
  const transactions = Array.from({ length: count }, (_, index) => ({
    script: { steps: make?.(index, { count, dice }) ?? [] },
    input: String(index),
  }));
  return { kind, transactions };
}

type Adversary = (
  index: number,
  options: { readonly count: number; readonly dice: Dice },
) => FakeStep[];

const adversaries: Readonly<Record<string, Adversary>> = {
  "all write one key": () => [{ do: "add", key: "k0", by: 1 }],
  "none conflict": (index) => [{ do: "add", key: `own${index}`, by: 1 }],
  "a chain": (index) => [
    { do: "read", key: `c${index}` },
    { do: "write", key: `c${index + 1}`, from: "value" },
    { do: "add", key: `c${index + 1}`, by: 1 },
  ],
  "a chain backwards": (index, { count }) => [
    { do: "read", key: `c${count - index}` },
    { do: "write", key: `c${count - index - 1}`, from: "value" },
    { do: "add", key: `c${count - index}`, by: 3 },
  ],
  "one writes, all read": (index) =>
    index === 0
      ? [
          { do: "burn", fuel: 50 },
          { do: "add", key: "k0", by: 1 },
        ]
      : [
          { do: "read", key: "k0" },
          { do: "say", from: "value" },
        ],
  "the last writes what all read": (index, { count }) =>
    index === count - 1
      ? [{ do: "add", key: "k0", by: 1 }]
      : [
          { do: "read", key: "k0" },
          { do: "add", key: `own${index}`, by: 1 },
        ],
  "blind writes of one key": (index) => [{ do: "write", key: "k0", text: String(index) }],
  "made and deleted in turn": (index) => [
    { do: "read", key: "k0" },
    { do: "say", from: "value" },
    { do: "write", key: "k0", text: index % 2 === 0 ? "there" : null },
  ],
  "half revert": (index) => [
    { do: "add", key: "k0", by: 1 },
    ...(index % 2 === 0 ? [{ do: "revert" } as const] : []),
  ],
  "a pointer moves": (index, { dice }) =>
    index % 3 === 0
      ? [{ do: "write", key: "pointer", text: `k${dice.below(5)}` }]
      : [
          { do: "read", key: "pointer" },
          { do: "read", from: "value" },
          { do: "say", from: "value" },
          { do: "add", key: `k${index % 5}`, by: index },
        ],
  "what is written depends on what is read": (index, { dice }) =>
    index % 2 === 0
      ? [{ do: "write", key: "target", text: `k${dice.below(4)}` }]
      : [
          { do: "read", key: "target" },
          { do: "add", from: "value", by: 1 },
        ],
  "all credit one key": () => [{ do: "credit", key: "n0", by: 3 }],
  "all credit one key, some look": (index) =>
    index % 5 === 4
      ? [
          { do: "read", key: "n0" },
          { do: "say", from: "value" },
        ]
      : [{ do: "credit", key: "n0", by: 1 + index }],
  "credits, and what empties them": (index) =>
    index % 6 === 5
      ? [{ do: "write", key: "n0", text: null }]
      : [{ do: "credit", key: `n${index % 2}`, by: 200 }],
  "turns come in any order": (index, { count }) => [
    { do: "turn", key: "line", place: (index * 7) % count },
    { do: "add", key: "k0", by: 1 },
  ],
  "pairs swap": (index) => {
    const [a, b] = [`p${index % 4}`, `p${(index + 1) % 4}`];
    return [
      { do: "read", key: a },
      { do: "write", key: b, from: "value" },
      { do: "add", key: a, by: 1 },
    ];
  },
};

function randomTransaction(dice: Dice, keys: number): MadeTransaction {
  const steps = Array.from({ length: 1 + dice.below(5) }, () => randomStep(dice, keys));
  const end = dice.below(10);
  if (end === 0) steps.push({ do: "revert" });
  if (end === 1) steps.push({ do: "trap" });
  if (end === 2) steps.push({ do: "burn", fuel: 10_000_000 });
  return { script: { steps }, input: `k${dice.below(keys)}` };
}

function randomStep(dice: Dice, keys: number): FakeStep {
  const key = `k${dice.below(keys)}`;
  switch (dice.below(11)) {
    case 9:
      return { do: "credit", key: `n${dice.below(3)}`, by: 1 + dice.below(300) };
    case 10:
      return { do: "read", key: `n${dice.below(3)}` };
    case 0:
      return { do: "read", key };
    case 1:
      return { do: "read" };
    case 2:
      return { do: "write", key, from: "value" };
    case 3:
      return { do: "write", key, text: dice.below(3) === 0 ? null : `k${dice.below(keys)}` };
    case 4:
      return { do: "say", from: "value" };
    case 5:
      return { do: "read", from: "value" };
    case 6:
      return { do: "add", from: "value", by: 1 };
    case 7:
      return { do: "attempt", steps: [{ do: "add", key, by: 7 }, { do: "trap" }] };
    default:
      return { do: "add", key, by: 1 + dice.below(9) };
  }
}

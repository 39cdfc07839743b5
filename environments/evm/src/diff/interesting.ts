import type { Dice } from "./dice.ts";

const bits = 1n << 256n;

/** A word: small, about a power of two, negative, of full limbs, or anything. */
export function interestingWord(dice: Dice): bigint {
  switch (dice.weighted({ small: 40, power: 20, negative: 15, limbs: 15, any: 20 })) {
    case "small":
      return BigInt(dice.pick([0, 0, 1, 1, 2, 3, 7, 31, 32, 33, 64, 255, 256, dice.below(1_000)]));
    case "power": {
      const power = 1n << BigInt(dice.below(256));
      return (power + BigInt(dice.below(3) - 1) + bits) % bits;
    }
    case "negative":
      return bits - 1n - BigInt(dice.pick([0, 0, 1, 2, 31, 32, dice.below(100_000)]));
    case "limbs":
      return limbWord(dice);
    default: {
      const length = 1 + dice.below(32);
      return BigInt(`0x${Buffer.from(dice.bytes(length)).toString("hex")}`);
    }
  }
}

/** A word that has to do with another: the same, its negation or complement, a little more or less, some limbs of it. */
export function relatedWord(dice: Dice, other: bigint): bigint {
  const near = BigInt(dice.below(3) - 1);
  switch (dice.weighted({ same: 2, negation: 3, complement: 3, limbs: 3 })) {
    case "same":
      return (other + near + bits) % bits;
    case "negation":
      return (bits - other + near + bits) % bits;
    case "complement":
      return (bits - 1n - other + near + bits) % bits;
    default: {
      const mask = Array.from({ length: 4 }, () => (dice.percent(50) ? "f" : "0").repeat(16)).join(
        "",
      );
      const chosen = BigInt(`0x${mask}`);
      return (other & chosen) | (limbWord(dice) & ~chosen & (bits - 1n));
    }
  }
}

/** A word of four numbers of 64 bits, each of which is nothing, all ones, near one of both, or anything. */
function limbWord(dice: Dice): bigint {
  let word = 0n;
  for (let limb = 0; limb < 4; limb++) word = (word << 64n) | limbOf(dice);
  return word;
}

function limbOf(dice: Dice): bigint {
  const full = (1n << 64n) - 1n;
  const some = BigInt(`0x${Buffer.from(dice.bytes(8)).toString("hex")}`);
  return dice.pick([0n, 0n, full, full, 1n, full - 1n, 1n << 63n, 0xffffffffn, 1n << 32n, some]);
}

/** Highest power of two about which a balance lies: all of them together stay far below 2²⁵⁶. */
const balanceBitsMax = 200;

/** An amount: next to nothing, a little, or about a power of two, those between the words of a machine above all. */
export function wei(dice: Dice): bigint {
  const kind = dice.weighted({ least: 5, little: 4, word: 4, power: 2 });
  if (kind === "least") return BigInt(dice.pick([1, 1, 2, 3]));
  if (kind === "little") return BigInt(dice.pick([5, 1_000, 2 ** 40, 2 ** 50]));
  const power =
    kind === "word" ? dice.pick([32, 64, 64, 128, 192]) : 8 + dice.below(balanceBitsMax);
  return (1n << BigInt(power)) + BigInt(dice.pick([-1, -1, 0, 1])) * BigInt(dice.pick([1, 1, 2]));
}

/** What is sent: seldom more than there is. */
export function payment(dice: Dice): bigint {
  return dice.percent(80) ? BigInt(dice.pick([1, 1, 2, 5])) : wei(dice);
}

/** Where in memory something is: near as a rule, sometimes farther, now and then out of all gas. */
export function memoryOffset(dice: Dice): bigint {
  if (dice.percent(88)) return BigInt(dice.below(300));
  if (dice.percent(75)) return BigInt(dice.below(5_000));
  return dice.percent(60) ? BigInt(dice.below(200_000)) : interestingWord(dice);
}

export function memorySize(dice: Dice): bigint {
  if (dice.percent(90)) return BigInt(dice.pick([0, 1, 20, 31, 32, 33, 64, dice.below(200)]));
  if (dice.percent(70)) return BigInt(dice.below(3_000));
  return dice.percent(50) ? BigInt(dice.below(60_000)) : interestingWord(dice);
}

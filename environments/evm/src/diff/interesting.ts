import type { Dice } from "./dice.ts";

const bits = 1n << 256n;

/** A word: small, about a power of two, negative, or anything. */
export function interestingWord(dice: Dice): bigint {
  switch (dice.weighted({ small: 40, power: 25, negative: 15, any: 20 })) {
    case "small":
      return BigInt(dice.pick([0, 0, 1, 1, 2, 3, 7, 31, 32, 33, 64, 255, 256, dice.below(1_000)]));
    case "power": {
      const power = 1n << BigInt(dice.below(256));
      return (power + BigInt(dice.below(3) - 1) + bits) % bits;
    }
    case "negative":
      return bits - 1n - BigInt(dice.pick([0, 0, 1, 2, 31, 32, dice.below(100_000)]));
    default: {
      const length = 1 + dice.below(32);
      return BigInt(`0x${Buffer.from(dice.bytes(length)).toString("hex")}`);
    }
  }
}

/** Where in memory something is: near as a rule, sometimes farther, now and then out of all gas. */
export function memoryOffset(dice: Dice): bigint {
  if (dice.percent(88)) return BigInt(dice.below(300));
  if (dice.percent(85)) return BigInt(dice.below(5_000));
  return interestingWord(dice);
}

export function memorySize(dice: Dice): bigint {
  if (dice.percent(90)) return BigInt(dice.pick([0, 1, 20, 31, 32, 33, 64, dice.below(200)]));
  if (dice.percent(80)) return BigInt(dice.below(3_000));
  return interestingWord(dice);
}

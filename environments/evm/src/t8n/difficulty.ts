import { type Fork, type ForkName, isAtLeast } from "../forks/fork.ts";

export interface ParentBlock {
  /** Of the block that is made. */
  readonly number: bigint;
  /** Seconds. */
  readonly timestamp: bigint;
  readonly parentDifficulty: bigint;
  /** Seconds. */
  readonly parentTimestamp: bigint;
  readonly hasParentOmmers: boolean;
}

const difficultyMin = 131_072n;

/** By how many blocks each fork put the rise of the difficulty off (EIP-649, 1234, 2384, 3554, 4345, 5133). */
const delays: readonly (readonly [ForkName, bigint])[] = [
  ["london", 9_700_000n],
  ["istanbul", 9_000_000n],
  ["constantinople", 5_000_000n],
  ["byzantium", 3_000_000n],
];

/** The difficulty of a block mined on this parent, as the yellow paper and EIP-2, 100 and 649 have it. */
export function nextDifficulty(parent: ParentBlock, fork: Fork): bigint {
  const { parentDifficulty, number } = parent;
  const step = parentDifficulty / 2048n;
  const adjusted = parentDifficulty + step * factor(parent, fork);
  const delay = delays.find(([name]) => isAtLeast(fork, name))?.[1] ?? 0n;
  const counted = number > delay ? number - delay : 0n;
  const period = counted / 100_000n;
  const floor = adjusted < difficultyMin ? difficultyMin : adjusted;
  return period > 1n ? floor + 2n ** (period - 2n) : floor;
}

function factor(parent: ParentBlock, fork: Fork): bigint {
  const elapsed = parent.timestamp - parent.parentTimestamp;
  if (!isAtLeast(fork, "homestead")) return elapsed < 13n ? 1n : -1n;
  const isByzantium = isAtLeast(fork, "byzantium");
  const base = isByzantium && parent.hasParentOmmers ? 2n : 1n;
  const value = base - elapsed / (isByzantium ? 9n : 10n);
  return value < -99n ? -99n : value;
}

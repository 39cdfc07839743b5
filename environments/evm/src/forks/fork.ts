/** Forks in the order in which they came. */
export const forkNames = [
  "frontier",
  "homestead",
  "tangerineWhistle",
  "spuriousDragon",
  "byzantium",
  "constantinople",
  "petersburg",
  "istanbul",
  "berlin",
  "london",
  "paris",
  "shanghai",
  "cancun",
  "prague",
  "osaka",
] as const;

export type ForkName = (typeof forkNames)[number];

export interface Fork {
  readonly name: ForkName;
  /** Position in `forkNames`; a later fork has a larger one. */
  readonly order: number;
}

import { createHash } from "node:crypto";

/** A whole number from 0 to before `below`. */
export type Chance = (below: number) => number;

/** A small deterministic generator over SHA-256. */
export function chanceOf(seed: number): Chance {
  let counter = 0;
  return (below) => {
    const hash = createHash("sha256").update(`${seed}/${counter++}`).digest();
    return hash.readUInt32LE(0) % below;
  };
}

/** What no member of any request is. */
export const hostile: readonly unknown[] = [
  null,
  true,
  -1,
  1e308,
  1.5,
  "",
  "\u0000",
  "x".repeat(5_000),
  [],
  [[]],
  {},
  { __proto__: null, a: 1 },
  "__proto__",
  "../../etc/passwd",
  "sha256:zz",
  Number.MAX_SAFE_INTEGER,
  "\ud800",
];

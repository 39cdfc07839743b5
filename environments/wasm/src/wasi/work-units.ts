/**
 * What the host's work for a guest costs.
 *
 * A unit is a tenth of a nanosecond, which is what the engine needs for one unit of fuel. Measured
 * on Node 24 and rounded up; part of the receipt, so never changed without need.
 */

/** Copying or clearing so many bytes: eight are one unit, as for the guest's own bulk copies. */
export function copyUnits(bytes: number): number {
  return Math.ceil(bytes / 8);
}

/** Making up so many random bytes: a hash of 32 bytes takes most of a microsecond. */
export function chanceUnits(bytes: number): number {
  return bytes * 256;
}

/** Taking a path from the guest. */
export const pathUnits = 4_000;

/** One part of a path, those of links included. */
export const pathPartUnits = 512;

/** Making a file, a directory, a link or a name, or taking one away. */
export const changeUnits = 6_000;

/** One entry of a listing. */
export const listEntryUnits = 4_000;

/** One piece of a read or write. */
export const pieceUnits = 768;

/** One subscription of a poll. */
export const subscriptionUnits = 1_500;

/** Handing a part of the output over. */
export const outputUnits = 4_000;

/** One argument or environment variable. */
export const textUnits = 2_000;

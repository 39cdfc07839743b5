import { berthsMax } from "./berths.ts";

/** The user and group ids of one machine, as the host sees them; inside they begin at 0. */
export interface IdRange {
  readonly first: number;
  readonly count: number;
}

/** Ids of one machine: what `nobody` (65534) needs. */
const count = 65_536;

/** Where the ranges begin: after those that systemd gives to its containers, and below 2^31. */
const first = 0x7000_0000;

/** The ids of the machine in that berth; no other machine of this host has any of them. */
export function idRangeOf(berth: number): IdRange {
  if (berth < 0 || berth >= berthsMax) throw new Error(`Cannot find the ids of berth ${berth}`);
  return { first: first + berth * count, count };
}

/** What a host function costs: so much for the call, and so much for each byte that it moves. */
export interface HostCost {
  readonly base: number;
  readonly perByte: number;
}

/** What has a cost. */
export type HostCostName =
  | "inputLength"
  | "inputRead"
  | "output"
  | "revert"
  | "stateRead"
  | "stateWrite"
  | "stateDelete"
  | "event"
  | "now"
  | "seed"
  | "call"
  | "callOutputLength"
  | "callOutputRead";

/** Changes whenever a number below changes: a receipt holds under one table only. */
export const hostCostsVersion = 1;

/**
 * Fuel of each contract host function. One unit is about 0.1 ns of compiled code; the bases are the
 * medians of `bench/host-functions.bench.ts` rounded up, so that no call is cheaper than its time.
 */
export const hostCosts: Readonly<Record<HostCostName, HostCost>> = {
  inputLength: { base: 500, perByte: 0 },
  inputRead: { base: 1_500, perByte: 0.25 },
  output: { base: 1_500, perByte: 0.5 },
  revert: { base: 1_500, perByte: 0.5 },
  stateRead: { base: 10_000, perByte: 2 },
  stateWrite: { base: 6_000, perByte: 4 },
  stateDelete: { base: 5_000, perByte: 4 },
  event: { base: 4_000, perByte: 2 },
  now: { base: 500, perByte: 0 },
  seed: { base: 1_500, perByte: 0 },
  call: { base: 50_000, perByte: 2 },
  callOutputLength: { base: 500, perByte: 0 },
  callOutputRead: { base: 1_500, perByte: 0.25 },
};

/** Fuel for one call that moves so many bytes; whole units. */
export function fuelOf(cost: HostCost, bytes = 0): number {
  return cost.base + Math.ceil(cost.perByte * bytes);
}

import type { Fork } from "../forks/fork.ts";
import { frontierGas, type GasSchedule } from "../forks/gas-schedule.ts";
import { machine } from "./layout.ts";

/** Rules of the fork that the machine reads, in the order of their registers. */
export const ruleNames = [
  "keepsOne64th",
  "clearsEmptyAccounts",
  "isNetPricing",
  "failsOnUnpaidCode",
  "rejectsEfCode",
  "destroysOnlyCreated",
  "hasDelegation",
  "codeSizeMax",
  "initCodeSizeMax",
  "precompilesMax",
  "hasP256Verify",
] as const;
export type RuleName = (typeof ruleNames)[number];

export const priceNames = Object.keys(frontierGas) as readonly (keyof GasSchedule)[];

/** Address of the i64 with that price of the running fork. */
export function priceAddress(name: keyof GasSchedule): number {
  return machine.prices + priceNames.indexOf(name) * 8;
}

/** Address of the i64 with that rule of the running fork. */
export function ruleAddress(name: RuleName): number {
  return machine.rules + ruleNames.indexOf(name) * 8;
}

/** Writes prices and rules of a fork into the registers. */
export function writeFork(fork: Fork, words: BigInt64Array): void {
  priceNames.forEach((name, index) => {
    words[machine.prices / 8 + index] = BigInt(fork.gas[name]);
  });
  ruleNames.forEach((name, index) => {
    words[machine.rules / 8 + index] = BigInt(ruleOf(fork, name));
  });
}

function ruleOf({ rules }: Fork, name: RuleName): number | boolean {
  return name === "isNetPricing" ? rules.storagePricing === "net" : rules[name];
}

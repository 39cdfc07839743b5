import type { Fork } from "../forks/fork.ts";
import { frontierGas, type GasSchedule } from "../forks/gas-schedule.ts";
import { machine } from "./layout.ts";
import type { MachineMemory } from "./machine-memory.ts";

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
export function writeFork(fork: Fork, memory: MachineMemory): void {
  priceNames.forEach((name, index) => {
    memory.setLong(machine.prices + index * 8, BigInt(fork.gas[name]));
  });
  ruleNames.forEach((name, index) => {
    memory.setLong(machine.rules + index * 8, BigInt(ruleOf(fork, name)));
  });
}

function ruleOf({ rules }: Fork, name: RuleName): number | boolean {
  return name === "isNetPricing" ? rules.storagePricing === "net" : rules[name];
}

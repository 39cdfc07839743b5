import { type FaultError, raise } from "@bedplate/errors";
import { type ForkRules, forkChanges, frontierRules } from "./fork-rules.ts";
import { frontierGas, type GasSchedule, gasChanges } from "./gas-schedule.ts";

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

/** Forks whose rules are not final; they run only where that is asked for. */
export const experimentalForkNames = ["amsterdam"] as const;

export type ExperimentalForkName = (typeof experimentalForkNames)[number];
export type ForkName = (typeof forkNames)[number] | ExperimentalForkName;

/** The fork that runs where none is named. */
export const forkDefault: ForkName = "osaka";

export interface Fork {
  readonly name: ForkName;
  /** Position in time; a later fork has a larger one. */
  readonly order: number;
  readonly isExperimental: boolean;
  readonly gas: GasSchedule;
  readonly rules: ForkRules;
}

const allNames: readonly ForkName[] = [...forkNames, ...experimentalForkNames];
const forks: ReadonlyMap<string, Fork> = new Map(buildForks().map((each) => [each.name, each]));

export interface ForkOptions {
  /** Also answer forks whose rules are not final. */
  readonly isExperimental?: boolean | undefined;
}

/** The fork of that name, always the same object; refuses an experimental one that was not asked for. */
export function forkOf(name: string, options: ForkOptions = {}): Fork {
  const fork = forks.get(name);
  if (fork === undefined) throw refused(name, `known are ${allNames.join(", ")}`);
  if (fork.isExperimental && options.isExperimental !== true) {
    throw refused(name, "its rules are not final, and it was not asked for as experimental");
  }
  return fork;
}

/** Whether `fork` has what came with `since`. */
export function isAtLeast(fork: Fork, since: ForkName): boolean {
  return fork.order >= allNames.indexOf(since);
}

function refused(name: string, problem: string): FaultError<"argument.invalid"> {
  return raise("argument.invalid", {
    op: "evm.fork",
    detail: { path: "fork", rule: "known fork" },
    message: `Cannot use the fork ${name}: ${problem}`,
  });
}

/** Each fork is the one before it with its changes. */
function buildForks(): readonly Fork[] {
  let gas = frontierGas;
  let rules = frontierRules;
  return allNames.map((name, order) => {
    gas = Object.freeze({ ...gas, ...gasChanges[name] });
    rules = Object.freeze({ ...rules, ...forkChanges[name] });
    return Object.freeze({ name, order, isExperimental: order >= forkNames.length, gas, rules });
  });
}

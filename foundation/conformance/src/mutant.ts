import type { ConformanceCase, OpenTarget } from "./conformance-case.ts";
import { type RunCaseOptions, runCase } from "./run-case.ts";

/** A driver with one law broken on purpose: a suite that passes it does not test that law. */
export interface Mutant<Driver> {
  readonly name: string;
  /** The cases that should notice. */
  readonly kills: readonly string[];
  /** Wraps an honest driver. */
  breakDriver(driver: Driver): Driver;
}

/**
 * Answers the first of the mutant's cases that fails, in the mutant's order: what notices it soonest
 * comes first. Undefined when it survives.
 */
export async function killerOf<Target, Kit extends object>(
  kills: readonly string[],
  cases: readonly ConformanceCase<Target, Kit>[],
  options: RunCaseOptions & { readonly open: OpenTarget<Target, Kit> },
): Promise<string | undefined> {
  for (const each of kills.flatMap((id) => cases.filter((found) => found.id === id))) {
    const { verdict } = await runCase(each, options.open, options);
    if (verdict === "fail") return each.id;
  }
  return undefined;
}

/** Copies a driver with some methods replaced; what is not replaced still runs on the driver. */
export function overriding<Driver extends object>(
  driver: Driver,
  overrides: Partial<Driver>,
): Driver {
  return new Proxy(driver, {
    get(target, name) {
      const own = Reflect.get(overrides, name);
      if (own !== undefined) return own;
      const value = Reflect.get(target, name, target);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}

import { raise } from "@bedplate/errors";
import type { BudgetView } from "@bedplate/routes";
import { type Invocation, textOption } from "./command.ts";

const byteUnits: Readonly<Record<string, number>> = { "": 1, k: 2 ** 10, m: 2 ** 20, g: 2 ** 30 };
const timeUnits: Readonly<Record<string, number>> = {
  ms: 1,
  "": 1000,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
};
const countUnits: Readonly<Record<string, number>> = { "": 1, k: 1e3, m: 1e6, g: 1e9 };

/** The budget that `--fuel --memory --timeout --output-max` ask for. */
export function budgetOf(invocation: Invocation): BudgetView {
  const read = (name: string, units: Readonly<Record<string, number>>) => {
    const text = textOption(invocation, name);
    return text === undefined ? undefined : parseAmount(text, { name, units });
  };
  return dropUndefined({
    fuel: read("fuel", countUnits),
    memoryBytes: read("memory", byteUnits),
    wallMs: read("timeout", timeUnits),
    outputBytes: read("output-max", byteUnits),
  });
}

/** The milliseconds of an option, for example `60s`; undefined where it is not given. */
export function durationOption(invocation: Invocation, name: string): number | undefined {
  const text = textOption(invocation, name);
  return text === undefined ? undefined : parseAmount(text, { name, units: timeUnits });
}

/** Reads a number with a unit, for example `64m` or `1.5s`. */
export function parseAmount(
  text: string,
  options: { readonly name: string; readonly units: Readonly<Record<string, number>> },
): number {
  const match = /^(\d+(?:\.\d+)?)\s*([a-z]*?)(?:i?b)?$/i.exec(text.trim());
  const unit = options.units[(match?.[2] ?? "?").toLowerCase()];
  if (match !== null && unit !== undefined) return Math.round(Number(match[1]) * unit);
  const known = Object.keys(options.units).filter((each) => each !== "");
  throw raise("argument.invalid", {
    op: "cli.read",
    detail: { path: `--${options.name}`, rule: "a number with a unit" },
    message: `Cannot read --${options.name} ${text}: it must be a number, with one of ${known.join(", ")} behind it or nothing`,
  });
}

function dropUndefined(budget: BudgetView): BudgetView {
  return Object.fromEntries(Object.entries(budget).filter(([, value]) => value !== undefined));
}

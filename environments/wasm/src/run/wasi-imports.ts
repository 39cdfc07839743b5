import { wasiFunctions } from "../artifact/wasi-functions.ts";
import { trapped } from "./ending.ts";
import type { GuestCell } from "./guest-cell.ts";

/** Fuel of a call of WASI, beside what it does: looking things up takes about this much. */
const callFuel = 1_500;

/**
 * The functions of WASI for one instance. The instance outlives the runs in it, so each call goes
 * to the world of the attempt that runs now.
 */
export function wasiImports(
  cell: GuestCell,
  imported: { readonly module: string; readonly names: readonly string[] },
): Readonly<Record<string, unknown>> {
  const { module, names } = imported;
  return Object.fromEntries(
    names
      .filter((name) => Object.hasOwn(wasiFunctions, name))
      .map((name) => [name, bind(cell, { module, name })]),
  );
}

function bind(
  cell: GuestCell,
  { module, name }: { readonly module: string; readonly name: string },
): (...values: readonly (number | bigint)[]) => number {
  return (...values) => {
    cell.charge(callFuel);
    const call = cell.attempt.world.modules[module]?.[name];
    return call === undefined ? cell.end(absent) : call(...values);
  };
}

const absent = trapped("a function of WASI is not there");

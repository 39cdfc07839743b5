import { CallError } from "./error-number.ts";
import type { ImportFunction, ImportSet } from "./guest-state.ts";

/** Wraps system calls: a `CallError` becomes the negative error number. */
export function systemCalls(calls: ImportSet): ImportSet {
  return mapCalls(calls, (errno) => -errno);
}

/** Wraps WASI-like calls: a `CallError` becomes the error number, and all else is success. */
export function wasiCalls(calls: ImportSet): ImportSet {
  return mapCalls(calls, (errno) => errno);
}

function mapCalls(calls: ImportSet, encode: (errno: number) => number): ImportSet {
  const guard = (call: ImportFunction): ImportFunction => {
    return (...args) => {
      try {
        return call(...args) ?? 0;
      } catch (error) {
        if (error instanceof CallError) return encode(error.errno);
        throw error;
      }
    };
  };
  return Object.fromEntries(Object.entries(calls).map(([name, call]) => [name, guard(call)]));
}

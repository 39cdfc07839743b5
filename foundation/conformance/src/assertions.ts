import { deepStrictEqual } from "node:assert/strict";
import { type FaultCode, type FaultError, isFault } from "@bedplate/errors";

/** Requires that the work is refused with a code; answers the fault for a closer look. */
export async function expectFault<C extends FaultCode>(
  code: C,
  work: Promise<unknown>,
): Promise<FaultError<C>> {
  let value: unknown;
  try {
    value = await work;
  } catch (error) {
    if (isFault(error, code)) return error;
    throw new Error(`Expected the fault ${code}, got ${textOf(error)}`, { cause: error });
  }
  throw new Error(`Expected the fault ${code}, got ${String(value)}`);
}

/** Requires that what `observe` sees is the same before and after the work. */
export async function expectNoTrace(
  observe: () => Promise<unknown>,
  work: () => Promise<unknown>,
): Promise<void> {
  const before = await observe();
  await work();
  deepStrictEqual(await observe(), before);
}

/**
 * Work that a case begins now and awaits later. When a broken driver makes it fail meanwhile, the
 * case fails; without this, the whole process would end on an unhandled rejection.
 */
export function awaitedLater<T>(work: Promise<T>): Promise<T> {
  work.catch(() => {});
  return work;
}

function textOf(error: unknown): string {
  if (isFault(error)) return `the fault ${error.code}: ${error.message}`;
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
}

import { type Effect, FaultError } from "@bedplate/errors";

/** A law that does not hold: what was expected and what was seen. */
export class ConformanceFailure extends Error {
  override readonly name = "ConformanceFailure";
}

/** Fails the case unless the claim is true. */
export function ensure(claim: boolean, seen: string): asserts claim {
  if (!claim) throw new ConformanceFailure(seen);
}

/** Fails the case unless both values are the same; bytes, bigints and nested members are compared by value. */
export function ensureEqual(actual: unknown, expected: unknown, what: string): void {
  const [seen, wanted] = [show(actual), show(expected)];
  ensure(seen === wanted, `${what}: expected ${cut(wanted)}, saw ${cut(seen)}`);
}

/**
 * Work that a case begins now and awaits later. When a broken driver makes it fail meanwhile the case
 * fails; without this the whole process would end on an unhandled rejection.
 */
export function awaitedLater<T>(work: Promise<T>): Promise<T> {
  work.catch(() => {});
  return work;
}

/** What a refusal has to say. */
export interface ExpectedFault {
  readonly code: string;
  readonly effect?: Effect | undefined;
  readonly blame?: string | undefined;
}

/** Fails the case unless the work rejects with that fault; answers the fault's error. */
export async function ensureFault(
  work: () => unknown,
  expected: ExpectedFault,
): Promise<FaultError> {
  const error = await thrownBy(work);
  ensure(error !== undefined, `expected ${expected.code}, and it succeeded`);
  ensure(error instanceof FaultError, `expected ${expected.code}, saw ${String(error)}`);
  const { code, effect, blame, message } = error.fault;
  ensure(code === expected.code, `expected ${expected.code}, saw ${code}: ${message}`);
  if (expected.effect !== undefined) ensureEqual(effect, expected.effect, `effect of ${code}`);
  if (expected.blame !== undefined) ensureEqual(blame, expected.blame, `blame of ${code}`);
  return error;
}

/** What the work threw or rejected with; undefined when it did neither. */
export async function thrownBy(work: () => unknown): Promise<unknown> {
  try {
    await work();
    return undefined;
  } catch (error) {
    return error ?? new Error("nothing was thrown, literally");
  }
}

/** Text of a value that is equal exactly for equal values; members in the order of their names. */
export function show(value: unknown): string {
  return JSON.stringify(plain(value)) ?? "undefined";
}

function plain(value: unknown): unknown {
  if (value instanceof Uint8Array) return `0x${Buffer.from(value).toString("hex")}`;
  if (typeof value === "bigint") return `${value}n`;
  if (typeof value === "function") return "a function";
  if (Array.isArray(value)) return value.map(plain);
  if (value instanceof Set) return [...value].map(plain);
  if (typeof value !== "object" || value === null) return value;
  const members = Object.entries(value).filter(([, each]) => each !== undefined);
  return Object.fromEntries(
    members.sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, each]) => [name, plain(each)]),
  );
}

function cut(text: string): string {
  return text.length <= 300 ? text : `${text.slice(0, 300)}…`;
}

import type { Call, StateReader } from "@bedplate/environment";
import { raise } from "@bedplate/errors";
import { NotResident } from "../engine.ts";
import { packed } from "../transition/bytes.ts";
import type { StateWorld } from "./state-world.ts";

/** Each key that is not resident takes one more attempt. */
export const attemptsMax = 8_192;

/** Where a world's values come from. */
export interface StateMeans {
  readonly reads: StateReader;
  readonly call: Call;
  /** Keys that are loaded at once before the first attempt, and not one by one. */
  readonly likely: readonly Uint8Array[];
}

/**
 * Loads keys at once, and looks at all of them: what is read must not depend on what happened to be
 * resident.
 */
export async function loadAll(
  keys: readonly Uint8Array[],
  { reads, call }: Pick<StateMeans, "reads" | "call">,
): Promise<void> {
  const unique = [...new Map(keys.map((key) => [packed(key), key])).values()];
  const missing = unique.filter((key) => reads.peek(key) === undefined);
  if (missing.length > 0) await reads.load(missing, call);
  for (const key of missing) reads.peek(key);
}

/**
 * Executes on a world whose keys may not be resident: an attempt that misses one is abandoned, the key is
 * loaded, and it begins again, so that the result is that of one that found all there.
 */
export async function onState<Result>(
  world: StateWorld,
  { reads, call, likely }: StateMeans,
  attempt: () => Result | Promise<Result>,
): Promise<Result> {
  await loadAll(likely, { reads, call });
  for (let attempts = 1; attempts <= attemptsMax; attempts++) {
    try {
      return await attempt();
    } catch (error) {
      const missing = world.takeMissing();
      if (!(error instanceof NotResident) || missing === undefined) throw error;
      await reads.load([missing], call);
      call.signal.throwIfAborted();
    }
  }
  throw raise("quota.exceeded", {
    op: "evm.transact",
    detail: { meter: "attempts", limit: attemptsMax, asked: attemptsMax + 1 },
    message: `Cannot end the transaction: it asked for more than ${attemptsMax} keys one by one`,
  });
}

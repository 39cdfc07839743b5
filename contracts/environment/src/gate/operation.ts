import { raise } from "@bedplate/errors";
import { withSpan } from "@bedplate/telemetry";
import type { Budget } from "../budget.ts";
import { type Call, requestMembers } from "../call.ts";
import type { Caps } from "../caps.ts";
import { withDeadline } from "./deadline.ts";
import type { Guard } from "./guard.ts";
import { normaliseError } from "./normalise.ts";

/** What every operation of one environment shares. */
export interface OperationContext {
  readonly environment: string;
  readonly release: string;
  readonly guard: Guard;
  readonly now: () => number;
}

/** One operation and its caller. */
export interface OperationOptions {
  readonly op: string;
  readonly call: Call;
  readonly budget?: Budget | undefined;
  /** For work that keeps its deadline itself. */
  readonly ownsDeadline?: boolean | undefined;
}

/**
 * The one way to a driver: members that must be understood are, the guard agrees, a span covers
 * it, the deadline holds, and whatever is thrown is a fault.
 */
export function operate<T>(
  context: OperationContext,
  options: OperationOptions,
  work: (ceiling: Caps) => Promise<T>,
): Promise<T> {
  const { environment, release, guard, now } = context;
  const { op, call, budget, ownsDeadline = false } = options;
  const fields = { "bedplate.environment": environment, "bedplate.release": release };
  return withSpan(op, fields, async () => {
    demandKnown(op, call);
    const { ceiling = {} } = guard.decide({ op, principal: call.principal, environment, budget });
    try {
      const running = work(ceiling);
      return await (ownsDeadline ? running : withDeadline(running, { op, call, now }));
    } catch (error) {
      throw normaliseError(error, op, call.signal);
    }
  });
}

/** Passes on what a driver yields, each within the call's deadline, and every error as a fault. */
export async function* operateStream<T>(
  context: OperationContext,
  options: OperationOptions,
  source: () => AsyncIterable<T>,
): AsyncIterable<T> {
  const { op, call } = options;
  demandKnown(op, call);
  const { environment, guard, now } = context;
  guard.decide({ op, principal: call.principal, environment });
  const iterator = source()[Symbol.asyncIterator]();
  try {
    for (;;) {
      const step = await withDeadline(iterator.next(), { op, call, now });
      if (step.done === true) return;
      yield step.value;
    }
  } catch (error) {
    throw normaliseError(error, op, call.signal);
  } finally {
    // A source that hangs in `next` would hang in `return` too, so nobody waits for it.
    iterator.return?.().catch(() => {});
  }
}

function demandKnown(op: string, call: Call): void {
  const unknown = (call.critical ?? []).filter((each) => !requestMembers.includes(each));
  if (unknown.length === 0) return;
  throw raise("argument.critical", {
    op,
    detail: { unknown },
    message: `Cannot do ${op}: it must understand ${unknown.length} members that this version does not know`,
  });
}

import type { Digest } from "@bedplate/codec";
import { type Budget, tightenBudget } from "../budget.ts";
import type { Call } from "../call.ts";
import type {
  Execution,
  GuestEvent,
  Invocation,
  InvokeDriver,
  InvokeParams,
} from "../facets/invoke.ts";
import { type ReceiptSubject, receiptOf } from "../receipt.ts";
import { checkExecution, checkInvocation } from "./check-execution.ts";
import { withDeadline } from "./deadline.ts";
import type { GateContext } from "./gate-context.ts";
import { operate } from "./operation.ts";
import type { RunSlot } from "./run-slot.ts";

const op = "instance.invoke";

/** An execution and the hash of everything that determined it. */
export interface Executed extends Execution {
  readonly receipt: Digest;
  /** The budget that held: what was asked, tightened by policy. */
  readonly granted: Invocation["budget"];
}

/** How long past its wall budget an environment may take to answer by itself before it is killed. */
export const wallGraceMs = 100;

/** The `invoke` facet as callers see it. */
export interface GatedInvokeDriver {
  run(invocation: Invocation, call: Call): Promise<Executed>;
}

/** Wraps a driver's `invoke`: checks both ways, bounds by policy, enforces wall time, makes the receipt. */
export class GatedInvoke implements GatedInvokeDriver {
  readonly #driver: InvokeDriver;
  readonly #params: InvokeParams;
  readonly #subject: ReceiptSubject;
  readonly #context: GateContext;

  constructor(
    driver: InvokeDriver,
    options: {
      readonly params: InvokeParams;
      readonly subject: ReceiptSubject;
      readonly context: GateContext;
    },
  ) {
    this.#driver = driver;
    this.#params = options.params;
    this.#subject = options.subject;
    this.#context = options.context;
  }

  run(invocation: Invocation, call: Call): Promise<Executed> {
    const { operations, monitor, slot } = this.#context;
    const { budget } = invocation;
    const options = { op, call, budget, ownsDeadline: true };
    return operate(operations, options, async (ceiling) => {
      monitor.demand("invoke");
      checkInvocation(invocation, this.#params);
      const bounded = { ...watched(invocation), budget: this.#grant(budget, ceiling) };
      const execution = await this.#runInTime(bounded, call, slot);
      return this.#accept(bounded, execution);
    });
  }

  #grant(asked: Budget, ceiling: Budget): Budget {
    const bound = { outputBytes: this.#params.outputBytesMax };
    const policy = tightenBudget(this.#context.ceiling, ceiling);
    return tightenBudget(asked, tightenBudget(policy, bound));
  }

  #accept(bounded: Invocation, execution: Execution): Executed {
    const granted = bounded.budget;
    const { outputBytesMax, credits = false } = this.#params;
    checkExecution(execution, { outputBytesMax: granted.outputBytes ?? outputBytesMax, credits });
    return { ...execution, granted, receipt: receiptOf(this.#subject, bounded, execution) };
  }

  /** The driver's answer; or, where it misses its wall budget, the host's verdict after killing it. */
  async #runInTime(invocation: Invocation, call: Call, slot: RunSlot): Promise<Execution> {
    const { now } = this.#context;
    const { wallMs } = invocation.budget;
    const startedAt = now();
    const wallAt = startedAt + (wallMs ?? Number.POSITIVE_INFINITY) + wallGraceMs;
    const isWallFirst = wallAt < call.deadlineAt;
    const events: GuestEvent[] = [];
    const recorded = isWallFirst
      ? { ...invocation, onEvent: recordInto(events, invocation) }
      : invocation;
    let isOverdue = false;
    const running = slot.hold(op, () => this.#driver.run(recorded, call));
    try {
      return await withDeadline(running, {
        op,
        call: isWallFirst ? { ...call, deadlineAt: wallAt } : call,
        now,
        onOverdue: () => {
          isOverdue = true;
          this.#context.kill();
        },
      });
    } catch (error) {
      if (!isWallFirst || !isOverdue) throw error;
      return exhaustedByHost(events, now() - startedAt);
    }
  }
}

/** A watcher that throws loses its event, and nothing else: observing changes no run. */
function watched(invocation: Invocation): Invocation {
  const { onEvent } = invocation;
  if (onEvent === undefined) return invocation;
  return {
    ...invocation,
    onEvent(event) {
      try {
        onEvent(event);
      } catch {
        // It is the watcher's own error.
      }
    },
  };
}

function recordInto(events: GuestEvent[], invocation: Invocation): (event: GuestEvent) => void {
  return (event) => {
    events.push(event);
    invocation.onEvent?.(event);
  };
}

function exhaustedByHost(events: readonly GuestEvent[], wallMs: number): Execution {
  const outputBytes = events.reduce((sum, { data }) => sum + data.length, 0);
  return {
    outcome: { kind: "exhausted", meter: "wallMs" },
    usage: { fuel: 0, wallMs, cpuMs: 0, memoryBytes: 0, outputBytes },
    writes: [],
    events: [...events],
  };
}

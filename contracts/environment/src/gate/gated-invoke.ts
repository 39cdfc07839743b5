import type { Digest } from "@bedplate/codec";
import { isFault } from "@bedplate/errors";
import { tightenBudget } from "../budget.ts";
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
import { normaliseError } from "./normalise.ts";

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

  async run(invocation: Invocation, call: Call): Promise<Executed> {
    const { monitor, ceiling } = this.#context;
    monitor.demand("invoke");
    checkInvocation(invocation, this.#params);
    const bound = { outputBytes: this.#params.outputBytesMax };
    const granted = tightenBudget(invocation.budget, tightenBudget(ceiling, bound));
    const bounded = { ...invocation, budget: granted };
    const execution = await this.#runInTime(bounded, call);
    checkExecution(execution, granted.outputBytes ?? this.#params.outputBytesMax);
    return { ...execution, granted, receipt: receiptOf(this.#subject, bounded, execution) };
  }

  /** The driver's answer; or, where it misses its wall budget, the host's verdict after killing it. */
  async #runInTime(invocation: Invocation, call: Call): Promise<Execution> {
    const { now } = this.#context;
    const { wallMs } = invocation.budget;
    const startedAt = now();
    const wallAt = startedAt + (wallMs ?? Number.POSITIVE_INFINITY) + wallGraceMs;
    const isWallFirst = wallAt < call.deadlineAt;
    const events: GuestEvent[] = [];
    const watched = isWallFirst
      ? { ...invocation, onEvent: recordInto(events, invocation) }
      : invocation;
    try {
      return await withDeadline(this.#driver.run(watched, call), {
        op: "instance.invoke",
        call: isWallFirst ? { ...call, deadlineAt: wallAt } : call,
        now,
        onOverdue: () => this.#context.kill(),
      });
    } catch (error) {
      if (isWallFirst && isFault(error, "deadline.exceeded")) {
        return exhaustedByHost(events, now() - startedAt);
      }
      throw normaliseError(error, "instance.invoke", call.signal);
    }
  }
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

import { explainViolation } from "./explain-violation.ts";
import type { Operation, SequentialModel } from "./operation.ts";
import { OrderSearch } from "./search-order.ts";

/** What a history turned out to be. */
export type Linearizability =
  | { readonly kind: "linearizable" }
  /** No order of the operations explains them; `text` shows the shortest beginning that has none. */
  | { readonly kind: "violated"; readonly text: string }
  /** The search was stopped before it knew. */
  | { readonly kind: "undecided"; readonly text: string };

/** Bounds of a check. */
export interface CheckOptions {
  /** Most steps of one search. Default: 2,000,000. */
  readonly stepsMax?: number | undefined;
}

const stepsMaxDefault = 2_000_000;

/**
 * Asks whether a concurrent history could have been made by one thing that does one operation at a
 * time, each at some point between its start and its answer.
 */
export function checkLinearizable<State, Input, Output>(
  history: readonly Operation<Input, Output>[],
  model: SequentialModel<State, Input, Output>,
  { stepsMax = stepsMaxDefault }: CheckOptions = {},
): Linearizability {
  for (const part of partsOf(history, model)) {
    const { kind } = new OrderSearch(part, model).run({ stepsMax });
    if (kind === "gave-up") return undecided(part.length, stepsMax);
    if (kind === "none") return { kind: "violated", text: shortest(part, { model, stepsMax }) };
  }
  return { kind: "linearizable" };
}

function partsOf<State, Input, Output>(
  history: readonly Operation<Input, Output>[],
  { partOf = () => "" }: SequentialModel<State, Input, Output>,
): Iterable<readonly Operation<Input, Output>[]> {
  const sorted = history.toSorted((a, b) => a.startedAt - b.startedAt);
  return Map.groupBy(sorted, ({ input }) => partOf(input)).values();
}

interface Known<State, Input, Output> {
  readonly model: SequentialModel<State, Input, Output>;
  readonly stepsMax: number;
}

/** A history that has an order has one at every earlier time, so the first bad answer is found by halving. */
function shortest<State, Input, Output>(
  part: readonly Operation<Input, Output>[],
  { model, stepsMax }: Known<State, Input, Output>,
): string {
  const answers = part.flatMap(({ answer }) => (answer ? [answer.at] : [])).sort((a, b) => a - b);
  let [low, high] = [0, answers.length - 1];
  while (low < high) {
    const middle = (low + high) >>> 1;
    const beginning = until(part, answers[middle] as number);
    if (new OrderSearch(beginning, model).run({ stepsMax }).kind === "found") low = middle + 1;
    else high = middle;
  }
  const operations = until(part, answers[high] as number);
  const { order } = new OrderSearch(operations, model).run({ stepsMax });
  return explainViolation({ operations, order, model });
}

/** What an observer knew at a time. */
function until<Input, Output>(
  part: readonly Operation<Input, Output>[],
  time: number,
): readonly Operation<Input, Output>[] {
  return part
    .filter(({ startedAt }) => startedAt <= time)
    .map((each) =>
      each.answer === undefined || each.answer.at <= time ? each : { ...each, answer: undefined },
    );
}

function undecided(operations: number, stepsMax: number): Linearizability {
  const text = `The search for an order of ${operations} operations was stopped after ${stepsMax} steps`;
  return { kind: "undecided", text };
}

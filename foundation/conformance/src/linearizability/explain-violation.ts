import type { Operation, SequentialModel } from "./operation.ts";

/** A history without an order, and the longest order that was found in it. */
export interface Violation<State, Input, Output> {
  readonly operations: readonly Operation<Input, Output>[];
  readonly order: readonly number[];
  readonly model: SequentialModel<State, Input, Output>;
}

/** Most operations that are shown of the explained ones. */
const shownMax = 12;

/** Says how far the history can be explained, and what is left that cannot come next. */
export function explainViolation<State, Input, Output>(
  violation: Violation<State, Input, Output>,
): string {
  const { operations, order, model } = violation;
  const line = (index: number) =>
    `  ${lineOf(operations[index] as Operation<Input, Output>, model)}`;
  const placed = new Set(order);
  const left = [...operations.keys()].filter((index) => !placed.has(index));
  const hidden = Math.max(0, order.length - shownMax);
  return [
    `No order of these ${operations.length} operations explains them; the longest holds ${order.length}:`,
    ...(hidden > 0 ? [`  (${hidden} before)`] : []),
    ...order.slice(hidden).map(line),
    `Then the state is ${statesAfter(violation).join(" or ")}, and none of these can be next:`,
    ...left.map(line),
  ].join("\n");
}

function lineOf<State, Input, Output>(
  { caller, input, answer, startedAt }: Operation<Input, Output>,
  { describe }: SequentialModel<State, Input, Output>,
): string {
  const end = answer === undefined ? "no answer" : String(answer.at);
  const result = answer === undefined ? "?" : JSON.stringify(answer.output);
  const text = describe ? describe(input, answer) : `${JSON.stringify(input)} -> ${result}`;
  return `[${startedAt} .. ${end}] ${caller}: ${text}`;
}

function statesAfter<State, Input, Output>({
  operations,
  order,
  model,
}: Violation<State, Input, Output>): readonly string[] {
  let states: readonly State[] = [model.initial];
  for (const index of order) {
    const { input, answer } = operations[index] as Operation<Input, Output>;
    states = states.flatMap((state) => model.step(state, input, answer));
  }
  return [...new Set(states.map((state) => model.keyOf(state)))];
}

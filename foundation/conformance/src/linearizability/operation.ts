/** One call of a recorded history. Times are any numbers that only grow; equal ones overlap. */
export interface Operation<Input, Output> {
  /** Who called; one caller calls one operation at a time. */
  readonly caller: string;
  readonly input: Input;
  readonly startedAt: number;
  /** Absent when no answer came: it happened at any time after its start, or never. */
  readonly answer?: { readonly output: Output; readonly at: number } | undefined;
}

/** What one thing at a time would do: the law that a concurrent history is held against. */
export interface SequentialModel<State, Input, Output> {
  readonly initial: State;
  /**
   * Every state that the operation can lead to; none when it cannot have this output in this state.
   * `answer` is absent when nobody knows the output.
   */
  step(
    state: State,
    input: Input,
    answer: { readonly output: Output } | undefined,
  ): readonly State[];
  /** Equal texts for equal states, and only for those. */
  keyOf(state: State): string;
  /** Operations of different parts cannot influence each other, so each part is checked by itself. */
  partOf?(input: Input): string;
  /** The operation for people, for example `put a=1 -> revision 3`. Default: JSON. */
  describe?(input: Input, answer: { readonly output: Output } | undefined): string;
}

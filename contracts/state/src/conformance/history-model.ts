import type { SequentialModel } from "@bedplate/conformance/linearizability";
import type { Revision } from "../state-driver.ts";

/** Values by key; null stands for "absent". */
export type Values = Readonly<Record<string, string | null>>;

/** What a caller asks of the store. Values are never used twice, so that they stand for versions. */
export type StateInput =
  | { readonly kind: "read"; readonly keys: readonly string[] }
  | { readonly kind: "list" }
  | { readonly kind: "commit"; readonly expect: Values; readonly change: Values };

/** What it answers: values, with the head for a listing; the revision of a commit, or a refusal. */
export type StateOutput =
  | { readonly values: Values; readonly head?: Revision | undefined }
  | { readonly revision: Revision }
  | "refused";

/** One namespace. */
export interface StateModelState {
  readonly values: Readonly<Record<string, string>>;
  readonly head: Revision;
}

/** The store as one thing that does one operation at a time. */
export const stateHistoryModel: SequentialModel<StateModelState, StateInput, StateOutput> = {
  initial: { values: {}, head: 0 },
  step(state, input, answer) {
    const output = answer?.output;
    switch (input.kind) {
      case "read":
        return output === undefined || readsAs(state, output, input.keys) ? [state] : [];
      case "list":
        return output === undefined || listsAs(state, output) ? [state] : [];
      case "commit":
        return committed(state, input, output);
    }
  },
  keyOf: ({ values, head }) => JSON.stringify([head, Object.entries(values).toSorted()]),
};

function readsAs(state: StateModelState, output: StateOutput, keys: readonly string[]): boolean {
  if (typeof output === "string" || !("values" in output)) return false;
  return keys.every((key) => output.values[key] === (state.values[key] ?? null));
}

function listsAs(state: StateModelState, output: StateOutput): boolean {
  if (typeof output === "string" || !("values" in output)) return false;
  const keys = Object.keys(state.values);
  const isSame = keys.length === Object.keys(output.values).length;
  return isSame && output.head === state.head && readsAs(state, output, keys);
}

function committed(
  state: StateModelState,
  { expect, change }: Extract<StateInput, { readonly kind: "commit" }>,
  output: StateOutput | undefined,
): readonly StateModelState[] {
  const holds = Object.entries(expect).every(
    ([key, value]) => (state.values[key] ?? null) === value,
  );
  if (!holds) return output === undefined || output === "refused" ? [state] : [];
  const next = changed(state, change);
  if (output === undefined) return [next];
  const isIt = typeof output !== "string" && "revision" in output && output.revision === next.head;
  return isIt ? [next] : [];
}

function changed(state: StateModelState, change: Values): StateModelState {
  const values = { ...state.values };
  let isChanged = false;
  for (const [key, value] of Object.entries(change)) {
    isChanged ||= value !== null || Object.hasOwn(values, key);
    if (value === null) delete values[key];
    else values[key] = value;
  }
  return { values, head: state.head + (isChanged ? 1 : 0) };
}

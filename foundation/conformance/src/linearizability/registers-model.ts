import type { SequentialModel } from "./operation.ts";

/** Values of some keys; null stands for "absent". */
export type RegistersState = Readonly<Record<string, string | null>>;

/** Reading keys together, or writing keys on condition that some keys have some values. */
export type RegistersInput =
  | { readonly kind: "read"; readonly keys: readonly string[] }
  | { readonly kind: "write"; readonly expect: RegistersState; readonly put: RegistersState };

/** The values that were read; or whether the expectation held and everything was written. */
export type RegistersOutput = RegistersState | "written" | "refused";

/** Keys that are read together and changed together by compare-and-set. All begin absent. */
export const registersModel: SequentialModel<RegistersState, RegistersInput, RegistersOutput> = {
  initial: {},
  step(state, input, answer) {
    if (input.kind === "read") return answer === undefined || reads(state, answer) ? [state] : [];
    const holds = Object.entries(input.expect).every(
      ([key, value]) => registerOf(state, key) === value,
    );
    if (answer !== undefined && answer.output !== (holds ? "written" : "refused")) return [];
    return [holds ? { ...state, ...input.put } : state];
  },
  keyOf: (state) =>
    JSON.stringify(
      Object.entries(state)
        .filter(([, value]) => value !== null)
        .toSorted(),
    ),
};

function reads(state: RegistersState, { output }: { readonly output: RegistersOutput }): boolean {
  if (typeof output === "string") return false;
  return Object.entries(output).every(([key, value]) => registerOf(state, key) === value);
}

function registerOf(state: RegistersState, key: string): string | null {
  return (Object.hasOwn(state, key) ? state[key] : null) ?? null;
}

import type { SequentialModel } from "./operation.ts";

/** What callers ask of a queue of leased jobs. Job names and tokens are never used twice. */
export type QueueInput =
  | { readonly kind: "enqueue"; readonly job: string }
  | { readonly kind: "lease" }
  | { readonly kind: "acknowledge"; readonly job: string; readonly token: string }
  /** Gives the job back; it can be leased again at once. */
  | { readonly kind: "return"; readonly job: string; readonly token: string }
  /** Time did it: record it without an answer, started when the lease was over. */
  | { readonly kind: "expire"; readonly job: string; readonly token: string };

/** What a queue answers: a lease, null when nothing was ready, `done` or `lost`. */
export type QueueOutput = { readonly job: string; readonly token: string } | null | "done" | "lost";

/** The jobs that can be leased, and the token of each one that is leased. */
export interface QueueState {
  readonly ready: readonly string[];
  readonly leased: Readonly<Record<string, string>>;
}

/** Token of a lease whose answer never came. */
const unknownToken = "?";

/**
 * One queue: each job has one lease at a time, an acknowledged one never comes back, and only the
 * holder of the newest lease settles it. Jobs may be leased in any order.
 */
export const queueModel: SequentialModel<QueueState, QueueInput, QueueOutput> = {
  initial: { ready: [], leased: {} },
  step(state, input, answer) {
    switch (input.kind) {
      case "enqueue":
        return [{ ...state, ready: [...state.ready, input.job] }];
      case "lease":
        return leased(state, answer);
      default:
        return settled(state, input, answer);
    }
  },
  keyOf: ({ ready, leased: held }) =>
    JSON.stringify([ready.toSorted(), Object.entries(held).toSorted()]),
};

type Answer = { readonly output: QueueOutput } | undefined;

function leased(state: QueueState, answer: Answer): readonly QueueState[] {
  if (answer === undefined) {
    return [state, ...state.ready.map((job) => lease(state, { job, token: unknownToken }))];
  }
  const { output } = answer;
  if (output === null) return state.ready.length === 0 ? [state] : [];
  if (typeof output === "string" || !state.ready.includes(output.job)) return [];
  return [lease(state, output)];
}

function lease(
  { ready, leased: held }: QueueState,
  { job, token }: { readonly job: string; readonly token: string },
): QueueState {
  return { ready: ready.filter((each) => each !== job), leased: { ...held, [job]: token } };
}

type Settlement = Extract<QueueInput, { readonly token: string }>;

function settled(
  state: QueueState,
  { kind, job, token }: Settlement,
  answer: Answer,
): readonly QueueState[] {
  const holds = Object.hasOwn(state.leased, job) && isToken(state.leased[job], token, kind);
  if (!holds) return answer?.output === "done" ? [] : [state];
  if (answer?.output === "lost") return [];
  const { [job]: _, ...rest } = state.leased;
  return [{ ready: kind === "acknowledge" ? state.ready : [...state.ready, job], leased: rest }];
}

/** Nobody has the token of a lease whose answer was lost, but such a lease can be over as well. */
function isToken(held: string | undefined, token: string, kind: Settlement["kind"]): boolean {
  return held === token || (kind === "expire" && token === unknownToken && held === unknownToken);
}

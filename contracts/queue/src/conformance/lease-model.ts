import {
  type QueueInput,
  type QueueOutput,
  type QueueState,
  queueModel,
  type SequentialModel,
} from "@bedplate/conformance/linearizability";

/** What callers ask of a queue of leased jobs, holding on to a lease included. */
export type LeaseInput =
  | QueueInput
  | { readonly kind: "extend"; readonly job: string; readonly token: string };

/** A lease, null when nothing was ready, `done` or `lost`. */
export type LeaseOutput = QueueOutput;

/**
 * One queue: each job has one lease at a time, an acknowledged one never comes back, and only the
 * holder of the newest lease extends or settles it.
 */
export const leaseModel: SequentialModel<QueueState, LeaseInput, LeaseOutput> = {
  ...queueModel,
  step(state, input, answer) {
    if (input.kind !== "extend") return queueModel.step(state, input, answer);
    const isHeld =
      Object.hasOwn(state.leased, input.job) && state.leased[input.job] === input.token;
    const isRight = answer === undefined || answer.output === (isHeld ? "done" : "lost");
    return isRight ? [state] : [];
  },
};

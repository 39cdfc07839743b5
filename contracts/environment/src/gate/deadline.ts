import { raise } from "@bedplate/errors";
import type { Call } from "../call.ts";

/** What to wait for, and until when. */
export interface DeadlineOptions {
  readonly op: string;
  readonly call: Call;
  /** Host's clock, epoch milliseconds. */
  readonly now: () => number;
  /** Ends the work itself; called once when the deadline passes. */
  readonly onOverdue?: (() => void) | undefined;
}

/** Longest delay a timer can hold; a deadline further away is checked again then. */
const timerMsMax = 2_147_483_647;

/** Turns that work may take before a timer is armed for it: those of a driver that never waits. */
const turnsWithoutTimer = 12;

const nextTurn = Promise.resolve();

/** Waits for `work` until the call's deadline or abort; the work itself goes on unless `onOverdue` ends it. */
export async function withDeadline<T>(work: Promise<T>, options: DeadlineOptions): Promise<T> {
  const { signal } = options.call;
  let isOver = false;
  const note = () => {
    isOver = true;
  };
  work.then(note, note);
  // A synchronous guest is done before anybody can wait for it; a timer would cost more than it did.
  for (let turn = 0; turn < turnsWithoutTimer && !isOver && !signal.aborted; turn++) {
    await nextTurn;
  }
  return isOver && !signal.aborted ? work : waitInTime(work, options);
}

function waitInTime<T>(work: Promise<T>, options: DeadlineOptions): Promise<T> {
  const { op, call, now, onOverdue } = options;
  const { signal, deadlineAt } = call;
  return new Promise((resolve, reject) => {
    const startedAt = now();
    const afterMs = Math.max(0, Math.min(deadlineAt - startedAt, timerMsMax));
    const settle = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", onAbort);
    };
    const onAbort = () => {
      settle();
      reject(signal.reason);
    };
    const timer = setTimeout(() => {
      settle();
      onOverdue?.();
      reject(overdue(op, afterMs));
    }, afterMs);
    signal.addEventListener("abort", onAbort, { once: true });
    if (signal.aborted) onAbort();
    work.then(
      (value) => {
        settle();
        resolve(value);
      },
      (error: unknown) => {
        settle();
        reject(error);
      },
    );
  });
}

function overdue(op: string, afterMs: number): Error {
  return raise("deadline.exceeded", {
    op,
    detail: { afterMs },
    message: `Cannot finish ${op}: its deadline passed after ${Math.round(afterMs)} ms`,
  });
}

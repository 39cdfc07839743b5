import type { Operation } from "./operation.ts";

/** A start or an answer, in a list that operations are taken out of and put back into. */
export interface Moment {
  readonly index: number;
  /** The answer of a start; of an answer, and of a start that never got one, undefined. */
  answered: Moment | undefined;
  readonly isStart: boolean;
  previous: Moment | undefined;
  next: Moment | undefined;
}

/**
 * Starts and answers in the order of their times. What is left in it is what a search has not placed
 * yet; the starts before the first answer are the operations that can come next.
 */
export class Timeline {
  readonly #head: Moment = momentOf({ index: -1, isStart: false });

  constructor(operations: readonly Operation<unknown, unknown>[]) {
    let last = this.#head;
    for (const moment of momentsOf(operations)) {
      last.next = moment;
      moment.previous = last;
      last = moment;
    }
  }

  get first(): Moment | undefined {
    return this.#head.next;
  }

  /** Takes an operation out: its start, and its answer when it has one. */
  take(start: Moment): void {
    unlink(start);
    if (start.answered) unlink(start.answered);
  }

  /** Puts back what was taken last. */
  putBack(start: Moment): void {
    if (start.answered) link(start.answered);
    link(start);
  }

  /** The operations that are left and started no later than the one at `index`. */
  leftUpTo(index: number): readonly number[] {
    const left: number[] = [];
    for (let at = this.first; at !== undefined && at.index <= index; at = at.next) {
      if (at.isStart) left.push(at.index);
    }
    return left;
  }
}

function momentsOf(operations: readonly Operation<unknown, unknown>[]): readonly Moment[] {
  const timed = operations.flatMap(({ startedAt, answer }, index) => {
    const start = momentOf({ index, isStart: true });
    if (answer === undefined) return [{ at: startedAt, moment: start }];
    start.answered = momentOf({ index, isStart: false });
    return [
      { at: startedAt, moment: start },
      { at: answer.at, moment: start.answered },
    ];
  });
  // Starts come before answers of the same time: equal times overlap.
  return timed
    .sort((a, b) => a.at - b.at || Number(b.moment.isStart) - Number(a.moment.isStart))
    .map(({ moment }) => moment);
}

function momentOf({ index, isStart }: { index: number; isStart: boolean }): Moment {
  return { index, isStart, answered: undefined, previous: undefined, next: undefined };
}

function unlink({ previous, next }: Moment): void {
  if (previous) previous.next = next;
  if (next) next.previous = previous;
}

/** A moment that was unlinked still knows its neighbours of then. */
function link(moment: Moment): void {
  if (moment.previous) moment.previous.next = moment;
  if (moment.next) moment.next.previous = moment;
}

import type { Operation, SequentialModel } from "./operation.ts";
import { type Moment, Timeline } from "./timeline.ts";

/** What a search found. */
export interface Search {
  readonly kind: "found" | "none" | "gave-up";
  /** Indexes of operations: the order that was found, or the longest that the model allowed. */
  readonly order: readonly number[];
}

interface Placed<State> {
  readonly start: Moment;
  readonly before: readonly State[];
  readonly highestBefore: number;
}

/**
 * Looks for an order of the operations that respects their times and that the model allows: the
 * search of Wing and Gong, with Lowe's memory of the places where it was before. Operations must be
 * sorted by their start.
 */
export class OrderSearch<State, Input, Output> {
  readonly #operations: readonly Operation<Input, Output>[];
  readonly #model: SequentialModel<State, Input, Output>;
  readonly #timeline: Timeline;
  readonly #seen = new Set<string>();
  readonly #placed: Placed<State>[] = [];
  #states: readonly State[];
  #highest = -1;
  #owed: number;
  #best: readonly number[] = [];

  constructor(
    operations: readonly Operation<Input, Output>[],
    model: SequentialModel<State, Input, Output>,
  ) {
    this.#operations = operations;
    this.#model = model;
    this.#timeline = new Timeline(operations);
    this.#states = [model.initial];
    this.#owed = operations.filter(({ answer }) => answer !== undefined).length;
  }

  /** Every answered operation must find its place; one without an answer may. */
  run({ stepsMax }: { readonly stepsMax: number }): Search {
    let at = this.#timeline.first;
    for (let steps = 0; steps < stepsMax; steps++) {
      if (this.#owed === 0) return { kind: "found", order: this.#order() };
      if (at?.isStart) {
        at = this.#place(at) ? this.#timeline.first : at.next;
        continue;
      }
      // An answer whose operation has no place yet: what was placed last has to come later.
      this.#noteBest();
      const undone = this.#undo();
      if (undone === undefined) return { kind: "none", order: this.#best };
      at = undone.next;
    }
    this.#noteBest();
    return { kind: "gave-up", order: this.#best };
  }

  #place(start: Moment): boolean {
    const after = this.#statesAfter(this.#operations[start.index] as Operation<Input, Output>);
    if (after.length === 0) return false;
    const highest = Math.max(this.#highest, start.index);
    if (!this.#isNewPlace(start, after, highest)) return false;
    this.#placed.push({ start, before: this.#states, highestBefore: this.#highest });
    this.#states = after;
    this.#highest = highest;
    if (start.answered) this.#owed--;
    this.#timeline.take(start);
    return true;
  }

  #undo(): Moment | undefined {
    const last = this.#placed.pop();
    if (last === undefined) return undefined;
    this.#timeline.putBack(last.start);
    if (last.start.answered) this.#owed++;
    this.#states = last.before;
    this.#highest = last.highestBefore;
    return last.start;
  }

  #statesAfter({ input, answer }: Operation<Input, Output>): readonly State[] {
    const found = this.#states.flatMap((state) => this.#model.step(state, input, answer));
    if (found.length < 2) return found;
    return [...new Map(found.map((state) => [this.#model.keyOf(state), state])).values()];
  }

  /** Notes which operations would have a place and where that leads. */
  #isNewPlace(start: Moment, after: readonly State[], highest: number): boolean {
    const left = this.#timeline.leftUpTo(highest).filter((index) => index !== start.index);
    const states = after.map((state) => this.#model.keyOf(state)).sort();
    const place = JSON.stringify([highest, left, states]);
    if (this.#seen.has(place)) return false;
    this.#seen.add(place);
    return true;
  }

  #noteBest(): void {
    if (this.#placed.length > this.#best.length) this.#best = this.#order();
  }

  #order(): readonly number[] {
    return this.#placed.map(({ start }) => start.index);
  }
}

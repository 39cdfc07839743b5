import { isFault } from "@bedplate/errors";
import type { Operation } from "./operation.ts";

/** Records what concurrent callers did; the order of its numbers is the order of the events. */
export class HistoryRecorder<Input, Output> {
  readonly #operations: Operation<Input, Output>[] = [];
  #time = 0;

  /** Everything so far, in the order of the answers. */
  get history(): readonly Operation<Input, Output>[] {
    return this.#operations;
  }

  /**
   * Does one operation and records it. A fault with effect `none` is recorded as nothing, one with
   * effect `unknown` as an operation without an answer; both answer undefined. Other errors pass.
   */
  async record(
    caller: string,
    input: Input,
    work: () => Promise<Output>,
  ): Promise<Output | undefined> {
    const startedAt = this.#time++;
    try {
      const output = await work();
      const answer = { output, at: this.#time++ };
      this.#operations.push({ caller, input, startedAt, answer });
      return output;
    } catch (error) {
      if (!isFault(error)) throw error;
      if (error.fault.effect === "none") return undefined;
      if (error.fault.effect !== "unknown") throw error;
      this.#operations.push({ caller, input, startedAt });
      return undefined;
    }
  }
}

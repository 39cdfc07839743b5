import type { InterpreterStep } from "@ethereumjs/evm";
import type { LogBounds } from "../engine.ts";

interface Told {
  bytes: number;
  logs: number;
}

/** Counts the logs that stand, frame by frame: what a frame takes back is not counted. */
export class LogCount {
  readonly #bounds: LogBounds;
  #frames: Told[] = [];

  constructor(bounds: LogBounds) {
    this.#bounds = bounds;
  }

  begin(): void {
    this.#frames.push({ bytes: 0, logs: 0 });
  }

  end(isKept: boolean): void {
    const ended = this.#frames.pop();
    const parent = this.#frames.at(-1);
    if (!isKept || ended === undefined || parent === undefined) return;
    parent.bytes += ended.bytes;
    parent.logs += ended.logs;
  }

  /** Counts the log that the step would make; true where that is more than may be. */
  isExceededBy({ opcode, stack, gasLeft }: InterpreterStep): boolean {
    const isLog = opcode.code >= 0xa0 && opcode.code <= 0xa4;
    const frame = this.#frames.at(-1);
    // What cannot pay for its log fails, and says nothing.
    if (!isLog || frame === undefined || gasLeft < (opcode.dynamicFee ?? 0n)) return false;
    frame.bytes += Number(stack.at(-2) ?? 0n);
    frame.logs += 1;
    const sum = { bytes: 0, logs: 0 };
    for (const { bytes, logs } of this.#frames) {
      sum.bytes += bytes;
      sum.logs += logs;
    }
    return sum.bytes > this.#bounds.bytesMax || sum.logs > this.#bounds.countMax;
  }
}

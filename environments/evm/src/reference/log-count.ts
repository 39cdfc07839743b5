import type { LogBounds } from "../engine.ts";

interface Told {
  bytes: number;
  logs: number;
}

/** Counts the logs that stand, frame by frame: what a frame takes back is not counted. */
export class LogCount {
  readonly #bounds: LogBounds;
  readonly #frames: Told[] = [];

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

  /** Counts a log of that many bytes; true where that is more than may be. */
  isExceededBy(bytes: number): boolean {
    const frame = this.#frames.at(-1);
    if (frame === undefined) return false;
    frame.bytes += bytes;
    frame.logs += 1;
    const sum = { bytes: 0, logs: 0 };
    for (const each of this.#frames) {
      sum.bytes += each.bytes;
      sum.logs += each.logs;
    }
    return sum.bytes > this.#bounds.bytesMax || sum.logs > this.#bounds.countMax;
  }
}

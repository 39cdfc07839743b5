import type { Frame } from "./frame.ts";

/** Most notices that travel together. */
export const noticesTogetherMax = 64;

/** Notices that come within this time of the last message travel together, in milliseconds. */
const togetherMs = 1;

/**
 * Posts frames in order. A message costs some tens of microseconds whatever is in it, so notices
 * that follow one another closely are posted as one list: else a guest that makes many events would
 * be held up by telling them. What waits goes with the next frame that is no notice, and at the
 * latest when the thread has nothing else to do.
 */
export class Outbox {
  readonly #post: (value: Frame | readonly Frame[]) => void;
  #waiting: Frame[] = [];
  #postedAt = Number.NEGATIVE_INFINITY;
  #isScheduled = false;

  constructor(post: (value: Frame | readonly Frame[]) => void) {
    this.#post = post;
  }

  put(frame: Frame): void {
    this.#waiting.push(frame);
    const isSoon = performance.now() - this.#postedAt < togetherMs;
    const mayWait = frame.is === "notice" && isSoon && this.#waiting.length < noticesTogetherMax;
    if (mayWait) this.#schedule();
    else this.flush();
  }

  /** Posts what waits. */
  flush(): void {
    const frames = this.#waiting;
    const [first] = frames;
    if (first === undefined) return;
    this.#waiting = [];
    this.#post(frames.length === 1 ? first : frames);
    this.#postedAt = performance.now();
  }

  #schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    setImmediate(() => {
      this.#isScheduled = false;
      this.flush();
    });
  }
}

/** The frames of one message; undefined for a list that no honest side posts. */
export function framesOf(value: unknown): readonly unknown[] | undefined {
  if (!Array.isArray(value)) return [value];
  return value.length > 0 && value.length <= noticesTogetherMax ? value : undefined;
}

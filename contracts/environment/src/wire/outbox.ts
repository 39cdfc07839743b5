import type { Frame } from "./frame.ts";

/** Most notices that travel together. */
export const noticesTogetherMax = 64;

/** Notices that are posted at once, each on its own, before others have to wait. */
const atOnceMax = 64;

/** So often one more may be posted at once, in milliseconds: about 3 % of a thread's time. */
const oneMoreMs = 1;

/**
 * Posts frames in order. A message costs some tens of microseconds whatever is in it, so a guest
 * that makes very many events would be held up by telling them: notices beyond a burst are posted
 * as lists. What waits goes with the next frame that is no notice, and at the latest when the thread
 * has nothing else to do. A guest that computes without an end never gets there, so the few notices
 * that a guest usually makes do not wait: they are outside before it is ended.
 */
export class Outbox {
  readonly #post: (value: Frame | readonly Frame[]) => void;
  readonly #now: () => number;
  #waiting: Frame[] = [];
  #atOnce = atOnceMax;
  #countedAt = 0;
  #isScheduled = false;

  /** `now` in milliseconds. */
  constructor(
    post: (value: Frame | readonly Frame[]) => void,
    now: () => number = () => performance.now(),
  ) {
    this.#post = post;
    this.#now = now;
  }

  put(frame: Frame): void {
    this.#waiting.push(frame);
    const mustPost = frame.is !== "notice" || this.#waiting.length >= noticesTogetherMax;
    if (mustPost || this.#mayPostAtOnce()) this.flush();
    else this.#schedule();
  }

  #mayPostAtOnce(): boolean {
    const more = Math.floor((this.#now() - this.#countedAt) / oneMoreMs);
    if (more > 0) {
      this.#countedAt += more * oneMoreMs;
      this.#atOnce = Math.min(atOnceMax, this.#atOnce + more);
    }
    if (this.#atOnce === 0) return false;
    this.#atOnce--;
    return true;
  }

  /** Posts what waits. */
  flush(): void {
    const frames = this.#waiting;
    const [first] = frames;
    if (first === undefined) return;
    this.#waiting = [];
    this.#post(frames.length === 1 ? first : frames);
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

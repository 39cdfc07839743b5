import type { DriverJob } from "@bedplate/queue";
import { Heap } from "./heap.ts";

interface Window {
  readonly key: string;
  readonly id: string;
  readonly until: number;
}

/** Which job holds each key, while its window is open. */
export class DedupeKeys {
  readonly #windows = new Map<string, Window>();
  readonly #ends = new Heap<Window>((a, b) => a.until < b.until);

  /** The job that holds the key of this one. */
  holderOf({ dedupe }: DriverJob): string | undefined {
    return dedupe === null ? undefined : this.#windows.get(dedupe.key)?.id;
  }

  hold({ id, dedupe }: DriverJob, nowMs: number): void {
    if (dedupe === null) return;
    const window = { key: dedupe.key, id, until: nowMs + dedupe.windowMs };
    this.#windows.set(dedupe.key, window);
    this.#ends.push(window);
  }

  close(nowMs: number): void {
    for (;;) {
      const window = this.#ends.peek();
      if (window === undefined || window.until > nowMs) return;
      this.#ends.pop();
      this.#windows.delete(window.key);
    }
  }
}

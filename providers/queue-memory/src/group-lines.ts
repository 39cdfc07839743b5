import { Heap } from "./heap.ts";
import type { MemoryJob } from "./memory-job.ts";

interface Line {
  /** Whose turn it is: the only job of the group that may be leased. */
  turn: MemoryJob;
  readonly waiting: Heap<MemoryJob>;
}

/** Who of each group may go, and who waits behind. */
export class GroupLines {
  readonly #lines = new Map<string, Line>();

  /** Answers whether the job may go; else it waits. A job without a group always may. */
  join(job: MemoryJob): boolean {
    if (job.group === null) return true;
    const line = this.#lines.get(job.group);
    if (line === undefined) {
      const waiting = new Heap<MemoryJob>((a, b) => a.sequence < b.sequence);
      this.#lines.set(job.group, { turn: job, waiting });
      return true;
    }
    line.waiting.push(job);
    return false;
  }

  /** Ends the turn of a job that is settled; answers who comes next. */
  leave(job: MemoryJob): MemoryJob | undefined {
    const line = job.group === null ? undefined : this.#lines.get(job.group);
    if (line === undefined || line.turn !== job) return undefined;
    for (;;) {
      const next = line.waiting.peek();
      if (next === undefined) break;
      line.waiting.pop();
      // Who died or was cancelled in the line is not in it any more.
      if (next.state === "blocked") {
        line.turn = next;
        return next;
      }
    }
    this.#lines.delete(line.turn.group as string);
    return undefined;
  }
}

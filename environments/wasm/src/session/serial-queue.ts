import { raise } from "@bedplate/errors";

/** Operations that may wait for their turn. */
export const waitingMax = 4_096;

/** Does one thing after the other: a session's state has one user at a time. */
export class SerialQueue {
  #tail: Promise<unknown> = Promise.resolve();
  #waiting = 0;

  /** Runs `work` when everything asked before is over, however that ended. */
  async do<T>(op: string, work: () => T | Promise<T>): Promise<T> {
    if (this.#waiting >= waitingMax) throw refuse(op);
    this.#waiting += 1;
    const turn = this.#tail.then(work, work);
    this.#tail = turn.catch(() => {});
    try {
      return await turn;
    } finally {
      this.#waiting -= 1;
    }
  }
}

function refuse(op: string): Error {
  return raise("quota.exceeded", {
    op,
    detail: { meter: "waiting", limit: waitingMax, asked: waitingMax + 1 },
    message: `Cannot ${op}: ${waitingMax} operations wait for the session already`,
  });
}

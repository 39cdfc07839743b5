import { raise } from "@bedplate/errors";

/** Applies requests in one transaction; answers in their order after it is on disk. */
export type ApplyGroup<Request, Answer> = (
  requests: readonly Request[],
) => Promise<readonly Answer[]>;

/** Bounds of a writer. */
export interface GroupWriterOptions {
  /** Most requests that share one transaction. Default: 128. */
  readonly groupMax?: number | undefined;
  /** Most requests that wait; more are refused with `quota.exceeded`. Default: 65,536. */
  readonly waitingMax?: number | undefined;
}

interface Waiter<Request, Answer> {
  readonly request: Request;
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Group commit: requests that arrive in one turn of the event loop, or while a group is being
 * written, share the next transaction and its fsync.
 */
export class GroupWriter<Request, Answer> implements AsyncDisposable {
  readonly #apply: ApplyGroup<Request, Answer>;
  readonly #groupMax: number;
  readonly #waitingMax: number;
  #waiting: Waiter<Request, Answer>[] = [];
  #writing: Promise<void> | undefined;

  constructor(apply: ApplyGroup<Request, Answer>, options: GroupWriterOptions = {}) {
    this.#apply = apply;
    this.#groupMax = options.groupMax ?? 128;
    this.#waitingMax = options.waitingMax ?? 65_536;
  }

  /** Resolves once the request is on disk; rejects when its group was rolled back. */
  submit(request: Request): Promise<Answer> {
    if (this.#waiting.length >= this.#waitingMax) throw tooMany(this.#waitingMax);
    return new Promise((resolve, reject) => {
      this.#waiting.push({ request, resolve, reject });
      this.#writing ??= this.#writeAll();
    });
  }

  /** Waits until everything that was submitted is answered. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#writing;
  }

  async #writeAll(): Promise<void> {
    // What else this turn submits joins the first group.
    await new Promise((resolve) => setImmediate(resolve));
    while (this.#waiting.length > 0) {
      const group = this.#waiting.slice(0, this.#groupMax);
      this.#waiting = this.#waiting.slice(this.#groupMax);
      await this.#writeGroup(group);
    }
    this.#writing = undefined;
  }

  async #writeGroup(group: readonly Waiter<Request, Answer>[]): Promise<void> {
    try {
      const answers = await this.#apply(group.map((each) => each.request));
      for (const [index, each] of group.entries()) each.resolve(answers[index] as Answer);
    } catch (error) {
      for (const each of group) each.reject(error);
    }
  }
}

function tooMany(limit: number): Error {
  return raise("quota.exceeded", {
    op: "sqlite.write",
    detail: { meter: "waiting writes", limit, asked: limit + 1 },
    message: `Cannot write: ${limit} requests wait already`,
  });
}

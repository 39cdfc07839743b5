import { raise } from "@bedplate/errors";

/** Applies requests in one transaction; answers in their order after it is committed. */
export type ApplyGroup<Request, Answer> = (
  requests: readonly Request[],
) => Promise<readonly Answer[]>;

/** Bounds of a writer. */
export interface GroupWriterOptions {
  /** Most requests that share one transaction. Default: 128. */
  readonly groupMax?: number | undefined;
  /** Most groups that are applied at the same time; with more than one their order is open. Default: 1. */
  readonly groupsInFlightMax?: number | undefined;
  /** Most requests that wait; more are refused with `quota.exceeded`. Default: 65,536. */
  readonly waitingMax?: number | undefined;
  /** The operation that a refusal names. Default: `group.write`. */
  readonly op?: string | undefined;
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
  readonly #groupsInFlightMax: number;
  readonly #waitingMax: number;
  readonly #op: string;
  readonly #inFlight = new Set<Promise<void>>();
  #waiting: Waiter<Request, Answer>[] = [];
  #gathering: Promise<void> | undefined;

  constructor(apply: ApplyGroup<Request, Answer>, options: GroupWriterOptions = {}) {
    this.#apply = apply;
    this.#groupMax = options.groupMax ?? 128;
    this.#groupsInFlightMax = options.groupsInFlightMax ?? 1;
    this.#waitingMax = options.waitingMax ?? 65_536;
    this.#op = options.op ?? "group.write";
  }

  /** Resolves once the request is committed; rejects when its group was rolled back. */
  submit(request: Request): Promise<Answer> {
    if (this.#waiting.length >= this.#waitingMax) throw tooMany(this.#op, this.#waitingMax);
    return new Promise((resolve, reject) => {
      this.#waiting.push({ request, resolve, reject });
      if (this.#inFlight.size < this.#groupsInFlightMax) this.#gathering ??= this.#gather();
    });
  }

  /** Waits until everything that was submitted is answered. */
  async [Symbol.asyncDispose](): Promise<void> {
    while (this.#gathering !== undefined || this.#inFlight.size > 0) {
      await Promise.all([this.#gathering, ...this.#inFlight]);
    }
  }

  /** What else this turn submits joins the first group. */
  async #gather(): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve));
    this.#gathering = undefined;
    this.#startGroups();
  }

  #startGroups(): void {
    while (this.#waiting.length > 0 && this.#inFlight.size < this.#groupsInFlightMax) {
      const group = this.#waiting.slice(0, this.#groupMax);
      this.#waiting = this.#waiting.slice(this.#groupMax);
      const written = this.#writeGroup(group).then(() => {
        this.#inFlight.delete(written);
        this.#startGroups();
      });
      this.#inFlight.add(written);
    }
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

function tooMany(op: string, limit: number): Error {
  return raise("quota.exceeded", {
    op,
    detail: { meter: "waiting writes", limit, asked: limit + 1 },
    message: `Cannot write: ${limit} requests wait already`,
  });
}

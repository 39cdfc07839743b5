import { raise } from "@bedplate/errors";

interface Waiter {
  readonly priority: number;
  readonly since: number;
  readonly project: string;
  readonly projectMax: number;
  readonly admit: () => void;
}

/** Who asks for a turn. */
export interface TurnRequest {
  readonly project: string;
  /** 0 to 9, higher first. */
  readonly priority: number;
  /** Turns that the project may hold at once. */
  readonly projectMax: number;
  readonly signal?: AbortSignal | undefined;
}

interface TurnstileOptions {
  readonly concurrentMax: number;
  readonly waitingMax: number;
  readonly now: () => number;
}

/** A waiting run gains one level of priority in this time, so that none waits for ever. */
export const agingMs = 1_000;

/** How many runs execute at once, over all and per project; who waits, waits in order of priority and age. */
export class Turnstile {
  readonly #options: TurnstileOptions;
  readonly #running = new Map<string, number>();
  #total = 0;
  #waiting: Waiter[] = [];

  constructor(options: TurnstileOptions) {
    this.#options = options;
  }

  /** How many execute now. */
  get running(): number {
    return this.#total;
  }

  /** How many wait now. */
  get waiting(): number {
    return this.#waiting.length;
  }

  /** Waits for a turn; dispose it when the work is over. Refuses when too many wait. */
  async enter(options: TurnRequest): Promise<Disposable> {
    const { project, signal } = options;
    signal?.throwIfAborted();
    if (!this.#fits(options)) await this.#wait(options);
    else this.#take(project);
    let isOver = false;
    return {
      [Symbol.dispose]: () => {
        if (isOver) return;
        isOver = true;
        this.#leave(project);
      },
    };
  }

  #fits(options: { readonly project: string; readonly projectMax: number }): boolean {
    const own = this.#running.get(options.project) ?? 0;
    return this.#total < this.#options.concurrentMax && own < options.projectMax;
  }

  #wait(options: TurnRequest): Promise<void> {
    const { waitingMax, now } = this.#options;
    if (this.#waiting.length >= waitingMax) throw tooMany(waitingMax);
    const { project, priority, projectMax, signal } = options;
    return new Promise((resolve, reject) => {
      const onAbort = () => {
        this.#waiting = this.#waiting.filter((each) => each !== waiter);
        reject(signal?.reason);
      };
      const admit = () => {
        signal?.removeEventListener("abort", onAbort);
        resolve();
      };
      const waiter = { priority, since: now(), project, projectMax, admit };
      this.#waiting.push(waiter);
      signal?.addEventListener("abort", onAbort, { once: true });
    });
  }

  #take(project: string): void {
    this.#total++;
    this.#running.set(project, (this.#running.get(project) ?? 0) + 1);
  }

  #leave(project: string): void {
    this.#total--;
    const left = (this.#running.get(project) ?? 1) - 1;
    if (left === 0) this.#running.delete(project);
    else this.#running.set(project, left);
    this.#admitNext();
  }

  #admitNext(): void {
    const now = this.#options.now();
    const rank = (each: Waiter) => each.priority + (now - each.since) / agingMs;
    let best: Waiter | undefined;
    for (const each of this.#waiting) {
      if (!this.#fits(each)) continue;
      if (best === undefined || rank(each) > rank(best)) best = each;
    }
    if (best === undefined) return;
    this.#waiting = this.#waiting.filter((each) => each !== best);
    this.#take(best.project);
    best.admit();
  }
}

function tooMany(limit: number): Error {
  return raise("quota.exceeded", {
    op: "runs.submit",
    retryAfterMs: 1_000,
    detail: { meter: "waitingRuns", limit, asked: limit + 1 },
    message: `Cannot take the run: ${limit} runs wait for their turn already`,
  });
}

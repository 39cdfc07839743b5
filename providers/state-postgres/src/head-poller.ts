import { EventEmitter } from "node:events";
import type { Clock } from "@bedplate/clock";
import type { Revision } from "@bedplate/state";

/** What a poller works with. */
export interface HeadPollerOptions {
  readonly clock: Clock;
  readonly everyMs: number;
  /** The heads of some namespaces, as far as they have commits. */
  readonly readHeads: (namespaces: readonly string[]) => Promise<ReadonlyMap<string, Revision>>;
}

/**
 * Tells listeners of commits, also of other processes: one small query for all of them, as long as
 * there are any. Commits notify nobody themselves, which would make them wait for each other.
 */
export class HeadPoller implements AsyncDisposable {
  readonly #options: HeadPollerOptions;
  readonly #bells = new EventEmitter().setMaxListeners(0);
  readonly #listeners = new Map<string, number>();
  readonly #heads = new Map<string, Revision>();
  readonly #closing = new AbortController();
  #polling: Promise<void> | undefined;

  constructor(options: HeadPollerOptions) {
    this.#options = options;
  }

  listen(namespace: string, listener: () => void): Disposable {
    const event = eventOf(namespace);
    this.#bells.on(event, listener);
    this.#listeners.set(namespace, (this.#listeners.get(namespace) ?? 0) + 1);
    this.#polling ??= this.#poll();
    return {
      [Symbol.dispose]: () => {
        this.#bells.off(event, listener);
        const left = (this.#listeners.get(namespace) ?? 1) - 1;
        if (left > 0) this.#listeners.set(namespace, left);
        else this.#listeners.delete(namespace);
      },
    };
  }

  /** Tells of a commit of this process at once. */
  ring(namespace: string): void {
    this.#bells.emit(eventOf(namespace));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort();
    await this.#polling;
    this.#bells.removeAllListeners();
  }

  async #poll(): Promise<void> {
    const { clock, everyMs } = this.#options;
    const { signal } = this.#closing;
    while (this.#listeners.size > 0 && !signal.aborted) {
      await this.#look();
      await clock.sleep(everyMs, { signal }).catch(() => {});
    }
    this.#heads.clear();
    this.#polling = undefined;
  }

  async #look(): Promise<void> {
    try {
      const heads = await this.#options.readHeads([...this.#listeners.keys()]);
      for (const [namespace, head] of heads) {
        if (this.#heads.get(namespace) === head) continue;
        this.#heads.set(namespace, head);
        this.ring(namespace);
      }
    } catch {
      // A hint that does not come is no fault: watchers look themselves, and meet the same trouble.
    }
  }
}

function eventOf(namespace: string): string {
  return `in:${namespace}`;
}

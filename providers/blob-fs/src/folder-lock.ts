import { closeSync, openSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as sleep } from "node:timers/promises";
import { raise } from "@bedplate/errors";

/** How long one process waits for another. */
const waitMsMax = 10_000;
const pauseMsMax = 5;

/**
 * The right to change what stands under a key, for one holder among all processes. An SQLite file
 * gives it: its lock ends with the process that holds it, however that dies, and nothing is written.
 */
export class FolderLock implements Disposable {
  readonly #database: DatabaseSync;
  #last: Promise<void> = Promise.resolve();

  constructor(path: string) {
    closeSync(openSync(path, "a", 0o600));
    this.#database = new DatabaseSync(path, { timeout: 0 });
  }

  /** Runs `work` while nobody else holds the lock; keep it short. */
  async hold<T>(work: () => Promise<T>): Promise<T> {
    const before = this.#last;
    const own = Promise.withResolvers<void>();
    this.#last = own.promise;
    await before;
    try {
      await this.#begin();
      try {
        return await work();
      } finally {
        this.#database.exec("ROLLBACK");
      }
    } finally {
      own.resolve();
    }
  }

  [Symbol.dispose](): void {
    if (this.#database.isOpen) this.#database.close();
  }

  async #begin(): Promise<void> {
    const deadlineMs = performance.now() + waitMsMax;
    while (!this.#tryBegin()) {
      if (performance.now() > deadlineMs) throw busyFault();
      // By chance, so that two who wait do not meet again and again.
      await sleep(1 + Math.random() * pauseMsMax);
    }
  }

  #tryBegin(): boolean {
    try {
      this.#database.exec("BEGIN IMMEDIATE");
      return true;
    } catch (error) {
      if ((error as { readonly errcode?: number }).errcode === sqliteBusy) return false;
      throw error;
    }
  }
}

const sqliteBusy = 5;

function busyFault(): Error {
  return raise("provider.unavailable", {
    op: "blob.lock",
    detail: { provider: "blob-fs" },
    message: `Cannot change the blob folder: another process has held it for ${waitMsMax} ms`,
  });
}

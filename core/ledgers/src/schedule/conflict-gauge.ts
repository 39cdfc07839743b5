/** Conflicts per transaction from which on executing ahead costs more than it gains. */
const conflictsMax = 0.5;
/** So many conflicts beyond that share end executing ahead. */
const patience = 2;
const inOrderMin = 8;
const inOrderMax = 1_024;

/**
 * Decides whether to execute ahead. Where transactions conflict it goes in order for a while, twice
 * as long each time that a trial shows conflicts again, so that a batch that is one long chain
 * costs little more than executing it serially.
 */
export class ConflictGauge {
  /** Conflicts beyond what the transactions that settled meanwhile are worth. */
  #excess = 0;
  #inOrderLeft = 0;
  #inOrderNext = inOrderMin;
  #settledAhead = 0;

  /** False while transactions are to be executed one after the other. */
  get isAhead(): boolean {
    return this.#inOrderLeft === 0;
  }

  /** One more transaction holds for good. */
  settled(): void {
    if (this.#inOrderLeft > 0) {
      this.#inOrderLeft--;
      return;
    }
    this.#excess = Math.max(0, this.#excess - conflictsMax);
    this.#settledAhead++;
    // A trial that went well for longer than the stretch before it: what was hard is behind us.
    if (this.#settledAhead > this.#inOrderNext) this.#inOrderNext = inOrderMin;
  }

  /** An execution has to be repeated. */
  conflicted(): void {
    if (this.#inOrderLeft > 0) return;
    this.#excess++;
    if (this.#excess < patience) return;
    this.#inOrderLeft = this.#inOrderNext;
    this.#inOrderNext = Math.min(this.#inOrderNext * 2, inOrderMax);
    this.#settledAhead = 0;
    // The next conflict but one ends the next trial.
    this.#excess = patience - 1 - conflictsMax;
  }
}

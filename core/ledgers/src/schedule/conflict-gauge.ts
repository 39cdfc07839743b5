/** Share of conflicts from which on executing ahead costs more than it gains. */
const conflictsMax = 0.5;
/** How fast the gauge follows. */
const weight = 0.25;
/** Where it begins again after a stretch in order: two conflicts in a row end the trial. */
const trialStart = 0.25;
const inOrderMin = 8;
const inOrderMax = 1_024;

/**
 * Decides whether to execute ahead. Where transactions conflict it goes in order for a while, twice
 * as long each time that a trial shows conflicts again, so that a batch that is one long chain
 * costs little more than executing it serially.
 */
export class ConflictGauge {
  #conflicts = 0;
  #inOrderLeft = 0;
  #inOrderNext = inOrderMin;

  /** False while transactions are to be executed one after the other. */
  get isAhead(): boolean {
    return this.#inOrderLeft === 0;
  }

  /** An execution held. */
  held(): void {
    if (this.#inOrderLeft > 0) {
      this.#inOrderLeft--;
      return;
    }
    this.#conflicts *= 1 - weight;
    if (this.#conflicts < 0.01) this.#inOrderNext = inOrderMin;
  }

  /** An execution has to be repeated. */
  conflicted(): void {
    if (this.#inOrderLeft > 0) return;
    this.#conflicts = this.#conflicts * (1 - weight) + weight;
    if (this.#conflicts < conflictsMax) return;
    this.#inOrderLeft = this.#inOrderNext;
    this.#inOrderNext = Math.min(this.#inOrderNext * 2, inOrderMax);
    this.#conflicts = trialStart;
  }
}

/** Lets a number of requests through in each second. */
export class RateWindow {
  readonly #max: number;
  #second = 0;
  #taken = 0;

  constructor(max: number) {
    this.#max = max;
  }

  take(nowMs: number): boolean {
    const second = Math.floor(nowMs / 1000);
    if (second !== this.#second) {
      this.#second = second;
      this.#taken = 0;
    }
    return this.#taken++ < this.#max;
  }
}

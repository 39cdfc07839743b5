/** How often a cell that ends by itself is replaced, and when that is given up. */
export interface RestartPolicy {
  /** Wait before the first replacement; doubled for each one after it. */
  readonly backoffMs: number;
  readonly backoffMsMax: number;
  /** Ends in a row after which the environment is called unhealthy. */
  readonly restartsMax: number;
  /** A cell that lived this long starts the count anew. */
  readonly steadyMs: number;
}

export const restartPolicyDefault: RestartPolicy = {
  backoffMs: 50,
  backoffMsMax: 5_000,
  restartsMax: 5,
  steadyMs: 60_000,
};

/** Counts ends in a row. */
export class RestartCount {
  readonly #policy: RestartPolicy;
  #inRow = 0;
  #total = 0;

  constructor(policy: RestartPolicy) {
    this.#policy = policy;
  }

  /** Replacements since the start, whatever their cause. */
  get total(): number {
    return this.#total;
  }

  /** How long to wait before the replacement; undefined when there must be none. */
  next(ended: { readonly livedMs: number; readonly wasKilled: boolean }): number | undefined {
    this.#total++;
    // The host ended it for what a guest did: that is no flaw of the plug-in.
    if (ended.wasKilled) return 0;
    this.#inRow = ended.livedMs >= this.#policy.steadyMs ? 1 : this.#inRow + 1;
    if (this.#inRow > this.#policy.restartsMax) return undefined;
    return Math.min(this.#policy.backoffMs * 2 ** (this.#inRow - 1), this.#policy.backoffMsMax);
  }
}

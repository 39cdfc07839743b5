import type { ResourceUse } from "@bedplate/environment";

/** How often a sample is kept, and how many. */
export const sampleEveryMs = 5_000;
export const samplesMax = 720;

/** What one machine used, for the last hour. */
export class SampleRing {
  #samples: ResourceUse[] = [];

  add(sample: ResourceUse): void {
    const last = this.#samples.at(-1);
    if (last !== undefined && sample.at - last.at < sampleEveryMs) return;
    this.#samples.push(sample);
    if (this.#samples.length > samplesMax) this.#samples = this.#samples.slice(-samplesMax);
  }

  list(): readonly ResourceUse[] {
    return [...this.#samples];
  }
}

import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/**
 * Counts memory of dropped instances. The engine's collector sees small objects there and not how
 * much they hold, so it would let them pile up: instances of 64 MiB each reach a gigabyte first.
 */
export class MemoryGarbage {
  readonly #bytesMax: number;
  #bytes = 0;
  #isScheduled = false;

  /** Up to `bytesMax` may wait for the collector. */
  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  /** Memory of so many bytes was dropped: given back when the thread has nothing else to do. */
  add(bytes: number): void {
    this.#bytes += bytes;
    if (this.#bytes < this.#bytesMax || this.#isScheduled) return;
    this.#isScheduled = true;
    setImmediate(() => {
      this.#isScheduled = false;
      this.collect();
    }).unref();
  }

  /** Gives it back now, where it is more than may wait; some milliseconds. */
  collect(): void {
    if (this.#bytes < this.#bytesMax) return;
    this.#bytes = 0;
    runCollector();
  }
}

let collector: (() => void) | undefined;

function runCollector(): void {
  collector ??= findCollector();
  collector();
}

/** The flag shows the function to contexts that are made after it, so to none of anybody else's. */
function findCollector(): () => void {
  setFlagsFromString("--expose-gc");
  const found = runInNewContext("gc") as () => void;
  setFlagsFromString("--no-expose-gc");
  return found;
}

import type { Clock } from "@bedplate/clock";
import type { Environment } from "@bedplate/environment";
import type { Mount } from "./bundle.ts";
import type { ReleaseRef } from "./release.ts";

/** Work on a release. Disposing it says that the work is over; the mount stays until then. */
export interface ReleaseUse extends Disposable {
  readonly environment: Environment;
  readonly release: ReleaseRef;
}

/** How a drain ended. */
export type DrainEnd = "drained" | "forced";

/** A mounted release and the work on it. It closes when it was told to drain and nobody uses it. */
export class MountedRelease {
  readonly release: ReleaseRef;
  readonly #mount: Mount;
  #uses = 0;
  #isDraining = false;
  readonly #idle = new Set<() => void>();
  readonly #closed = Promise.withResolvers<DrainEnd>();
  #closing: Promise<void> | undefined;

  constructor(release: ReleaseRef, mount: Mount) {
    this.release = release;
    this.#mount = mount;
  }

  get environment(): Environment {
    return this.#mount.environment;
  }

  /** How much work is on it. */
  get uses(): number {
    return this.#uses;
  }

  get isDraining(): boolean {
    return this.#isDraining;
  }

  use(): ReleaseUse {
    this.#uses++;
    let isOver = false;
    return {
      environment: this.environment,
      release: this.release,
      [Symbol.dispose]: () => {
        if (isOver) return;
        isOver = true;
        this.#uses--;
        if (this.#uses === 0) for (const tell of this.#idle) tell();
      },
    };
  }

  /**
   * Waits until nobody uses it, at most `drainMs`, and closes the mount either way. Of several
   * drains at once, the first that ends closes it for all.
   */
  async drain(options: { readonly drainMs: number; readonly clock: Clock }): Promise<DrainEnd> {
    this.#isDraining = true;
    const waiting = new AbortController();
    const idle = Promise.withResolvers<DrainEnd>();
    const tell = () => idle.resolve("drained");
    this.#idle.add(tell);
    if (this.#uses === 0) tell();
    const timeout = options.clock
      .sleep(options.drainMs, { signal: waiting.signal })
      .then((): DrainEnd => "forced");
    timeout.catch(() => {});
    const end = await Promise.race([idle.promise, timeout, this.#closed.promise]);
    waiting.abort();
    this.#idle.delete(tell);
    this.#closed.resolve(end);
    await this.close();
    return end;
  }

  /** Closing twice does nothing. */
  close(): Promise<void> {
    this.#closing ??= this.#mount.close();
    return this.#closing;
  }
}

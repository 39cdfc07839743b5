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
  #onIdle: (() => void) | undefined;

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
        if (this.#uses === 0) this.#onIdle?.();
      },
    };
  }

  /** Waits until nobody uses it, at most `drainMs`, and closes the mount either way. */
  async drain(options: { readonly drainMs: number; readonly clock: Clock }): Promise<DrainEnd> {
    this.#isDraining = true;
    const waiting = new AbortController();
    const idle = new Promise<DrainEnd>((resolve) => {
      this.#onIdle = () => resolve("drained");
      if (this.#uses === 0) resolve("drained");
    });
    const timeout = options.clock
      .sleep(options.drainMs, { signal: waiting.signal })
      .then((): DrainEnd => "forced");
    timeout.catch(() => {});
    const end = await Promise.race([idle, timeout]);
    waiting.abort();
    await this.close();
    return end;
  }

  close(): Promise<void> {
    return this.#mount.close();
  }
}

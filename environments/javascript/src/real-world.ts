import { randomBytes } from "node:crypto";
import type { HostPort } from "@bedplate/environment";

/** The host's clock and chance. Guests of the normal profile see them only where they were granted. */
export class RealWorld {
  readonly #host: HostPort;

  constructor(host: HostPort) {
    this.#host = host;
  }

  /** For deadlines and records. */
  now(): number {
    return this.#host.granted.has("clock") ? this.#host.use("clock").now() : Date.now();
  }

  /** For a guest; `permission.denied` where the clock was not granted. */
  guestNow(): number {
    return Math.trunc(this.#host.use("clock").now());
  }

  /** A seed for a guest; `permission.denied` where chance was not granted. */
  seed(): Uint8Array {
    return this.#host.use("random").bytes(32);
  }

  /** Where only an instance's handle can have it from. */
  incarnation(): string {
    return randomBytes(16).toString("hex");
  }
}

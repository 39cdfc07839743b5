import type { Attempts } from "./attempts.ts";
import type { RunStore } from "./run-store.ts";
import type { RunWaiters } from "./run-waiters.ts";
import type { Turnstile } from "./turnstile.ts";

/** What inline and queued runs share on one replica. */
export interface RunParts {
  readonly store: RunStore;
  readonly attempts: Attempts;
  readonly turnstile: Turnstile;
  readonly waiters: RunWaiters;
}

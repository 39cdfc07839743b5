import type { Clock, Random } from "@bedplate/clock";
import type { StateStore } from "@bedplate/state";

/** What the package is built from. */
export interface AccessModules {
  readonly state: StateStore;
  readonly clock: Clock;
  readonly random: Random;
}
